"""Asking the desktop's portal for something (org.freedesktop.portal.Request).

The portal answers a call at once and its outcome comes later, as a signal of a request
that is made for it: perhaps only after somebody has answered a question on the screen.
Only the program that took the call is believed, as any other may send the same signal.

This module loads jeepney (17 ms).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from worklog.app.ports import Clock
from worklog.capture.bus import (
    Bus,
    BusGoneError,
    CallRefusedError,
    Remote,
    Reply,
    Signal,
    connected,
    session_address,
)
from worklog.capture.wayland_session import refusal
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

NAME: Final = "org.freedesktop.portal.Desktop"
PATH: Final = "/org/freedesktop/portal/desktop"
REQUEST: Final = "org.freedesktop.portal.Request"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
HINT: Final = "Run `worklog doctor` for what would help."
LEFT: Final = "the desktop's portal went away meanwhile"
ENDED: Final = "the desktop's portal ended it"
SILENT: Final = "the session bus does not answer"
EMPTY: Final = "the desktop's portal gave no picture"

CALL_LIMIT_S: Final = 5.0  # for each exchange; the portal may have to be started [s]
ANSWER_LIMIT_S: Final = 60.0  # for the outcome, and whoever has to allow it first [s]
ASK_LIMIT_S: Final = 1.0  # for each exchange of asking for a reason [s]

_BUS: Final = "org.freedesktop.DBus"
_FACTS: Final = Remote(NAME, PATH, PROPERTIES)
_SECOND_NS: Final = 1_000_000_000
_REFUSALS: Final = ("AccessDenied", "NotAllowed")  # ends of the errors that mean no


def number_of(bus: Bus, interface: str, name: str) -> int:
    """Return the property *name* of *interface* of the portal; 0 where it is no number.

    Raises:
        BusGoneError, CallRefusedError: there is no portal, or none that has it.
    """
    reply = bus.call(_FACTS, "Get", (interface, name), takes="ss", returns="v")
    kind, number = reply.body[0]
    return number if kind == "u" else 0


def looked(
    environ: Mapping[str, str], look: Callable[[Bus], str | None], *, missing: str
) -> str | None:
    """Return why no portal answers here, else what *look* says of the one that runs, or None.

    *missing* is for one that has not what is looked for. Starts nothing: a portal that is
    not running yet is believed to work.
    """
    reason = refusal(environ)
    if reason is not None:
        return reason
    try:
        with connected(session_address(environ), limit_s=ASK_LIMIT_S) as bus:
            if not bus.has_owner(NAME):
                return None if bus.can_start(NAME) else missing
            return look(bus)
    except CallRefusedError:
        return missing
    except BusGoneError:
        return SILENT


def new_token() -> str:
    """Return a name for a request that nobody else can foresee."""
    return f"worklog_{secrets.token_hex(16)}"


class Talk:
    """What is said to the portal for one picture, within one limit.

    Args:
        bus: To nobody else meanwhile: what it announces is read here.
        interface: Of the portal, that has the calls.
        clock: For the limit.
        limit_s: For all of it, as somebody may have to answer first [s].
        missing: Why there is no picture where the portal does not know a call.
    """

    def __init__(
        self, bus: Bus, interface: str, *, clock: Clock, limit_s: float, missing: str
    ) -> None:
        """Begin to listen.

        Raises:
            BusGoneError, CallRefusedError: the bus does not let us.
        """
        self._bus = bus
        self._remote = Remote(NAME, PATH, interface, may_start=True)
        self._clock = clock
        self._limit_s = limit_s
        self._missing = missing
        self._deadline_ns = clock.boot_ns() + int(limit_s * _SECOND_NS)
        self._portal = ""
        bus.listen(interface=REQUEST, member="Response", sender=NAME)
        bus.listen(interface=_BUS, member="NameOwnerChanged", sender=_BUS, about=NAME)

    def ask(
        self,
        method: str,
        body: tuple[object, ...],
        options: Mapping[str, tuple[str, object]],
        *,
        takes: str,
        within: str = "",
    ) -> Mapping[str, Any]:
        """Call *method* and wait for its outcome; return what that holds.

        *options* go last in the call, which is of the signature *takes*. It is about the
        session *within*, if there is one, and over once that is closed.

        Raises:
            BusGoneError: the bus hung up, or did not take the call in time.
            CaptureDeniedError: the user or the desktop said no.
            CaptureUnavailableError: the portal knows no such call, it left, it closed the
                session, or it took too long.
        """
        named = {"handle_token": ("s", new_token()), **options}
        reply = self.call(method, (*body, named), takes=takes, returns="o")
        handle = reply.body[0]
        while True:
            for signal in self._bus.signals():
                if signal.sender == _BUS and signal.member == "NameOwnerChanged":
                    raise unavailable(LEFT)
                if signal.sender != reply.sender:
                    continue
                if (signal.path, signal.member) == (handle, "Response"):
                    return _results(signal)
                if (signal.path, signal.member) == (within, "Closed"):
                    raise unavailable(ENDED)
            left_s = (self._deadline_ns - self._clock.boot_ns()) / _SECOND_NS
            if left_s <= 0:
                self._give_up(handle)
                reason = f"{EMPTY} within {self._limit_s:g} s"
                raise unavailable(reason)
            self._bus.wait(left_s)

    def call(self, method: str, body: tuple[object, ...], *, takes: str, returns: str) -> Reply:
        """Call *method* and return its answer, which is the outcome.

        Raises:
            BusGoneError, CaptureDeniedError, CaptureUnavailableError: as in `ask`; another
                program than before answers for the portal.
        """
        try:
            reply = self._bus.call(self._remote, method, body, takes=takes, returns=returns)
        except CallRefusedError as error:
            raise self._refused(error) from error
        if self._portal not in ("", reply.sender):
            reply.discard()
            raise unavailable(LEFT)
        self._portal = reply.sender
        return reply

    def _give_up(self, handle: str) -> None:
        """Take the question off the screen: nobody will look at its answer any more."""
        with suppress(BusGoneError, CallRefusedError):
            self._bus.call(Remote(NAME, handle, REQUEST), "Close")

    def _refused(self, error: CallRefusedError) -> CaptureDeniedError | CaptureUnavailableError:
        if error.name.endswith(_REFUSALS):
            msg = "No screenshot: the desktop's portal takes none for this program."
            return CaptureDeniedError(msg, hint=HINT)
        return unavailable(self._missing)


def _results(signal: Signal) -> Mapping[str, Any]:
    response, results = signal.body if len(signal.body) == 2 else (None, None)  # noqa: PLR2004 -- both
    if response in (1, 2):
        who = "you" if response == 1 else "the desktop"
        msg = f"No screenshot: {who} said no to it."
        raise CaptureDeniedError(msg, hint=HINT)
    if response == 0 and isinstance(results, Mapping):
        return results
    raise unavailable(EMPTY)


def unavailable(reason: str) -> CaptureUnavailableError:
    """Return the error of a picture that could not be had."""
    msg = f"No screenshot: {reason}."
    return CaptureUnavailableError(msg, hint=HINT)
