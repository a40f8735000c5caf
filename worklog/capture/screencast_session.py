"""A session of the portal's ScreenCast (org.freedesktop.portal.ScreenCast), opened and closed.

It is as short as one picture: a restore token makes the next one need no question, so no
stream of the screen is kept open in between.

This module loads jeepney (17 ms).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from worklog.app.ports import Box, Clock
from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, Remote
from worklog.capture.portal_request import (
    EMPTY,
    NAME,
    PATH,
    Talk,
    new_token,
    number_of,
    unavailable,
)
from worklog.capture.restore_token import RestoreToken
from worklog.errors import CaptureUnavailableError

SCREENCAST: Final = "org.freedesktop.portal.ScreenCast"
SESSION: Final = "org.freedesktop.portal.Session"
MISSING: Final = "no portal of the desktop shows its screen"
FORGETFUL: Final = "the desktop's portal would ask you again for each picture"
LARGEST_EDGE: Final = 32_768  # of a monitor [px]
MOST: Final = 32  # monitors

# Values of the interface.
_MONITORS: Final = 1
_WITHOUT_POINTER: Final = 1
_UNTIL_REVOKED: Final = 2
_WITH_TOKENS: Final = 4  # version
_HANDLE: Final = re.compile(rf"{PATH}/session/[A-Za-z0-9_]+/[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Stream:
    """A monitor that is shown.

    Attributes:
        node: Number of the stream in PipeWire.
        box: Where the portal says that it is; None where it does not.
    """

    node: int
    box: Box | None


class Cast:
    """A session that is running."""

    def __init__(self, talk: Talk, session: str, streams: tuple[Stream, ...]) -> None:
        self.streams = streams
        self._talk = talk
        self._session = session

    def remote(self) -> int:
        """Return a new connection to PipeWire that sees the streams; the caller closes it.

        Raises:
            BusGoneError, CaptureDeniedError, CaptureUnavailableError: as `Talk.ask`.
        """
        body: tuple[object, ...] = (self._session, {})
        reply = self._talk.call("OpenPipeWireRemote", body, takes="oa{sv}", returns="h")
        descriptor: int = reply.body[0].to_raw_fd()
        return descriptor


def refused(bus: Bus) -> str | None:
    """Return why the portal that is running gives no monitor without a question each time.

    Raises:
        BusGoneError, CallRefusedError: it shows nothing at all, or does not answer.
    """
    if number_of(bus, SCREENCAST, "version") < _WITH_TOKENS:
        return FORGETFUL
    kinds = number_of(bus, SCREENCAST, "AvailableSourceTypes")
    return None if kinds & _MONITORS else MISSING


@contextmanager
def cast(bus: Bus, token: RestoreToken, *, clock: Clock, limit_s: float) -> Iterator[Cast]:
    """Let the portal show the monitors that the user once chose, or asks which; end that after.

    Waits at most *limit_s* [s] for the outcome, as somebody may have to answer first. The
    next token is kept before anything else is done; where none is given the old one goes.

    Raises:
        BusGoneError: the bus hung up, or did not take a call in time.
        CaptureDeniedError: the user or the desktop said no.
        CaptureUnavailableError: no portal shows anything, it left, it ended the session, or
            it took too long.
    """
    talk = Talk(bus, SCREENCAST, clock=clock, limit_s=limit_s, missing=MISSING)
    bus.listen(interface=SESSION, member="Closed", sender=NAME)
    session = _created(talk)
    try:
        _select(talk, session, token.read())
        results = talk.ask("Start", (session, ""), {}, takes="osa{sv}", within=session)
        token.keep(_value(results, "restore_token", "s") or "")
        yield Cast(talk, session, _streams(results))
    finally:
        with suppress(BusGoneError, CallRefusedError):
            bus.call(Remote(NAME, session, SESSION), "Close")


def _created(talk: Talk) -> str:
    options = {"session_handle_token": ("s", new_token())}
    results = talk.ask("CreateSession", (), options, takes="a{sv}")
    handle = _value(results, "session_handle", "s") or _value(results, "session_handle", "o")
    if isinstance(handle, str) and _HANDLE.fullmatch(handle):
        return handle
    raise unavailable(EMPTY)


def _select(talk: Talk, session: str, token: str) -> None:
    """Choose all monitors; one by one by the user, where the *token* does not tell which."""
    options: dict[str, tuple[str, object]] = {
        "types": ("u", _MONITORS),
        "multiple": ("b", True),
        "cursor_mode": ("u", _WITHOUT_POINTER),
        "persist_mode": ("u", _UNTIL_REVOKED),
    }
    if token:
        # One that is worn is asked about by the portal; one of another form is an error.
        with suppress(CaptureUnavailableError):
            _select_with(talk, session, {**options, "restore_token": ("s", token)})
            return
    _select_with(talk, session, options)


def _select_with(talk: Talk, session: str, options: Mapping[str, tuple[str, object]]) -> None:
    talk.ask("SelectSources", (session,), options, takes="oa{sv}", within=session)


def _streams(results: Mapping[str, Any]) -> tuple[Stream, ...]:
    found = _value(results, "streams", "a(ua{sv})")
    if not found or len(found) > MOST:
        raise unavailable(EMPTY)
    return tuple(Stream(node, _box(facts)) for node, facts in found)


def _box(facts: Mapping[str, Any]) -> Box | None:
    place, size = _value(facts, "position", "(ii)"), _value(facts, "size", "(ii)")
    if place is None or size is None:
        return None
    is_sane = all(0 < edge <= LARGEST_EDGE for edge in size)
    return Box(*place, *size) if is_sane else None


def _value(results: Mapping[str, Any], name: str, signature: str) -> Any:  # noqa: ANN401 -- as the signature says
    """Return what the variant *name* holds if it is of *signature*; else None."""
    kind, value = results.get(name, ("", None))
    return value if kind == signature else None
