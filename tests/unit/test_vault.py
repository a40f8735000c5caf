"""The keyring that keys are asked of: answers, errors with their fix, and no endless wait."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta
from functools import partial

import pytest

from tests.support.cache_values import FixedClock
from tests.support.until import until
from worklog.errors import KeyUnavailableError
from worklog.remote.vault import KeyringOfKeys, NoKeyring, find_keyring

NAME = "storage keys"


class KeyringLocked(Exception):  # noqa: N818 -- its name in the library
    pass


class NoKeyringError(Exception):
    pass


class Library:
    """The interface of the library keyring, in memory."""

    def __init__(self, error: Exception | None = None, *, forgets: bool = False) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self._error = error
        self._forgets = forgets

    def get_password(self, service: str, name: str) -> str | None:
        if self._error is not None:
            raise self._error
        return self.secrets.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        if self._error is not None:
            raise self._error
        if not self._forgets:
            self.secrets[service, name] = secret


def test_what_is_kept_is_found() -> None:
    library = Library()
    keyring = KeyringOfKeys(library, FixedClock())

    before = keyring.find(NAME)
    keyring.keep(NAME, "ab\ncd\n")

    assert before is None
    assert keyring.find(NAME) == "ab\ncd\n"
    assert library.secrets == {("worklog", NAME): "ab\ncd\n"}


@pytest.mark.parametrize(
    ("error", "message", "fix"),
    [
        (KeyringLocked("failed"), "The keyring is locked.", "Unlock it"),
        (NoKeyringError("none"), "There is no keyring on this desktop.", "Start or install one"),
        (RuntimeError("odd"), "The keyring cannot be used: RuntimeError.", "Start or install one"),
    ],
)
def test_n7_an_error_of_the_library_says_what_helps(
    error: Exception, message: str, fix: str
) -> None:
    keyring = KeyringOfKeys(Library(error), FixedClock())

    for use in (keyring.find, partial(keyring.keep, secret="ab")):
        with pytest.raises(KeyUnavailableError) as raised:
            use(NAME)
        assert str(raised.value) == message
        assert fix in (raised.value.hint or "")
        assert "worklog config set storage.key file" in (raised.value.hint or "")


def test_a_keyring_that_forgets_is_refused() -> None:
    with pytest.raises(KeyUnavailableError, match="does not keep what it is given"):
        KeyringOfKeys(Library(forgets=True), FixedClock()).keep(NAME, "ab")


def test_a_keyring_that_asks_its_user_holds_nobody_up_and_is_asked_once() -> None:
    """Who asks again does not wait; the answer that comes at last is there for the next one."""
    answered, asked = threading.Event(), []

    class Asking(Library):
        def get_password(self, service: str, name: str) -> str | None:
            del service
            asked.append(name)
            answered.wait(10)
            return "ab"

    keyring = KeyringOfKeys(Asking(), FixedClock(), patience_s=0.05)
    for _ in range(200):
        with pytest.raises(KeyUnavailableError, match="does not answer") as raised:
            keyring.find(NAME)
        assert "Unlock it" in (raised.value.hint or "")
    answered.set()

    until(lambda: _found(keyring) == "ab", within_s=10)
    assert asked == [NAME]


def _found(keyring: KeyringOfKeys) -> str | None:
    try:
        return keyring.find(NAME)
    except KeyUnavailableError:
        return None


def test_a_keyring_that_its_user_kept_locked_is_asked_again_after_ten_minutes() -> None:
    clock, asked = FixedClock(), []

    class Refusing(Library):
        def get_password(self, service: str, name: str) -> str | None:
            asked.append(name)
            return super().get_password(service, name)

    keyring = KeyringOfKeys(Refusing(KeyringLocked("dismissed")), clock)
    counts = []
    for minutes in (0, 9, 1):
        clock.instant += timedelta(minutes=minutes)
        with pytest.raises(KeyUnavailableError, match="The keyring is locked"):
            keyring.find(NAME)
        counts.append(len(asked))

    assert counts == [1, 1, 2]


def test_a_timeout_of_the_library_itself_is_asked_about_again() -> None:
    errors: list[Exception] = [TimeoutError("no reply")]

    class Slow(Library):
        def get_password(self, service: str, name: str) -> str | None:
            if errors:
                raise errors.pop()
            return super().get_password(service, name)

    keyring = KeyringOfKeys(Slow(), FixedClock())
    with pytest.raises(KeyUnavailableError, match="does not answer"):
        keyring.find(NAME)

    assert keyring.find(NAME) is None


def test_without_the_extra_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    keyring = find_keyring(FixedClock())

    assert isinstance(keyring, NoKeyring)
    for use in (keyring.find, partial(keyring.keep, secret="ab")):
        with pytest.raises(KeyUnavailableError, match="extra `keyring` is not installed") as raised:
            use(NAME)
        assert "pip install 'worklog-diary[keyring]'" in (raised.value.hint or "")


def test_with_the_extra_the_library_is_asked() -> None:
    assert isinstance(find_keyring(FixedClock()), KeyringOfKeys)
