"""Asking the desktop's portal for a screenshot (org.freedesktop.portal.Screenshot).

The portal answers a call at once and its outcome comes later, as a signal of a request
that is made for it: perhaps only after somebody has answered a question on the screen.
Only the program that took the call is believed, as any other may send the same signal.

This module loads jeepney (17 ms).
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from worklog.app.ports import Clock
from worklog.capture.bus import Bus, BusGoneError, CallRefusedError, Remote, Signal
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

NAME: Final = "org.freedesktop.portal.Desktop"
PATH: Final = "/org/freedesktop/portal/desktop"
SCREENSHOT: Final = "org.freedesktop.portal.Screenshot"
REQUEST: Final = "org.freedesktop.portal.Request"
STORE: Final = "org.freedesktop.impl.portal.PermissionStore"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
HINT: Final = "Run `worklog doctor` for what would help."
LEFT: Final = "the desktop's portal went away meanwhile"
EMPTY: Final = "the desktop's portal gave no picture"
MISSING: Final = "no portal of the desktop takes pictures"

_BUS: Final = "org.freedesktop.DBus"
_PORTAL: Final = Remote(NAME, PATH, SCREENSHOT, may_start=True)
_FACTS: Final = Remote(NAME, PATH, PROPERTIES)
_GRANTS: Final = Remote(STORE, "/org/freedesktop/impl/portal/PermissionStore", STORE)
_TABLE: Final = "screenshot"  # of the store, and the only row in it
_SECOND_NS: Final = 1_000_000_000
_REFUSALS: Final = ("AccessDenied", "NotAllowed")  # ends of the errors that mean no

# How systemd's units of a desktop name their program, which the portal goes by:
# app-gnome-org.gnome.Terminal-1234.scope, app-org.kde.konsole@1234.service.
_UNIT: Final = re.compile(
    r"/app-(?:[A-Za-z0-9]+-)?([^/]+?)(?:-[0-9]+\.scope|(?:@[^/-]*)?\.service)\s*$", re.MULTILINE
)


def version(bus: Bus) -> int:
    """Return the version of the screenshots of the portal that is running.

    Raises:
        BusGoneError, CallRefusedError: there is no portal, or none that takes any.
    """
    reply = bus.call(_FACTS, "Get", (SCREENSHOT, "version"), takes="ss", returns="v")
    kind, number = reply.body[0]
    return number if kind == "u" else 0


def permission(bus: Bus, *, processes: Path = Path("/proc")) -> str | None:
    """Return what the user once answered: `yes` or `no`; None where nobody was asked yet.

    The portal keeps that by program. One that it cannot tell from others, as most that
    are started in a terminal, has an empty name or the terminal's.

    Raises:
        BusGoneError: no answer within the limit.
    """
    try:
        reply = bus.call(_GRANTS, "Lookup", (_TABLE, _TABLE), takes="ss", returns="a{sas}v")
    except CallRefusedError:  # no such row yet, or no store
        return None
    given: dict[str, list[str]] = reply.body[0]
    answers = [words[0] for app in _own_names(processes) if (words := given.get(app))]
    return answers[0] if answers and answers[0] in ("yes", "no") else None


def picture_uri(bus: Bus, *, clock: Clock, limit_s: float) -> str:
    """Let the portal take a picture of the whole desktop; return where it put that.

    Waits at most *limit_s* [s] for the outcome, as somebody may have to answer first.

    Raises:
        BusGoneError: the bus hung up, or did not take the call in time.
        CaptureDeniedError: the user or the desktop said no.
        CaptureUnavailableError: no portal takes pictures, it left, or it took too long.
    """
    bus.listen(interface=REQUEST, member="Response", sender=NAME)
    bus.listen(interface=_BUS, member="NameOwnerChanged", sender=_BUS, about=NAME)
    deadline_ns = clock.boot_ns() + int(limit_s * _SECOND_NS)
    options = {
        "handle_token": ("s", f"worklog_{secrets.token_hex(16)}"),
        "interactive": ("b", False),
        "modal": ("b", False),
    }
    try:
        reply = bus.call(_PORTAL, "Screenshot", ("", options), takes="sa{sv}", returns="o")
    except CallRefusedError as error:
        raise _refused(error) from error
    handle = reply.body[0]
    while True:
        for signal in bus.signals():
            if signal.sender == _BUS and signal.member == "NameOwnerChanged":
                raise _unavailable(LEFT)
            if (signal.sender, signal.path, signal.member) == (reply.sender, handle, "Response"):
                return _outcome(signal)
        left_s = (deadline_ns - clock.boot_ns()) / _SECOND_NS
        if left_s <= 0:
            _give_up(bus, handle)
            reason = f"{EMPTY} within {limit_s:g} s"
            raise _unavailable(reason)
        bus.wait(left_s)


def _outcome(signal: Signal) -> str:
    response, results = signal.body if len(signal.body) == 2 else (None, None)  # noqa: PLR2004 -- both
    if response in (1, 2):
        who = "you" if response == 1 else "the desktop"
        msg = f"No screenshot: {who} said no to it."
        raise CaptureDeniedError(msg, hint=HINT)
    uri: Any = results.get("uri") if response == 0 and isinstance(results, Mapping) else None
    if isinstance(uri, tuple) and uri[:1] == ("s",) and isinstance(uri[1], str) and uri[1]:
        return uri[1]
    raise _unavailable(EMPTY)


def _give_up(bus: Bus, handle: str) -> None:
    """Take the question off the screen: nobody will look at its answer any more."""
    with suppress(BusGoneError, CallRefusedError):
        bus.call(Remote(NAME, handle, REQUEST), "Close")


def _refused(error: CallRefusedError) -> CaptureDeniedError | CaptureUnavailableError:
    if error.name.endswith(_REFUSALS):
        msg = "No screenshot: the desktop's portal takes none for this program."
        return CaptureDeniedError(msg, hint=HINT)
    return _unavailable(MISSING)


def _unavailable(reason: str) -> CaptureUnavailableError:
    msg = f"No screenshot: {reason}."
    return CaptureUnavailableError(msg, hint=HINT)


def _own_names(processes: Path) -> tuple[str, ...]:
    """Return the names that the portal may have for this program, likeliest first."""
    try:
        groups = (processes / str(os.getpid()) / "cgroup").read_text(errors="replace")
    except OSError:
        groups = ""
    units = [_unescaped(found) for found in _UNIT.findall(groups)]
    return (*units, "")


def _unescaped(name: str) -> str:
    """Return *name* without systemd's escapes: a dash is written as its number."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), name)
