"""Asking the desktop's portal for a screenshot (org.freedesktop.portal.Screenshot).

The portal keeps what the user once answered, by program, in its store of permissions.

This module loads jeepney (17 ms).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from worklog.app.ports import Clock
from worklog.capture.bus import Bus, CallRefusedError, Remote
from worklog.capture.portal_request import EMPTY, Talk, number_of, unavailable

SCREENSHOT: Final = "org.freedesktop.portal.Screenshot"
STORE: Final = "org.freedesktop.impl.portal.PermissionStore"
MISSING: Final = "no portal of the desktop takes pictures"

_GRANTS: Final = Remote(STORE, "/org/freedesktop/impl/portal/PermissionStore", STORE)
_TABLE: Final = "screenshot"  # of the store, and the only row in it

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
    return number_of(bus, SCREENSHOT, "version")


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
    talk = Talk(bus, SCREENSHOT, clock=clock, limit_s=limit_s, missing=MISSING)
    options = {"interactive": ("b", False), "modal": ("b", False)}
    results = talk.ask("Screenshot", ("",), options, takes="sa{sv}")
    uri = results.get("uri")
    if isinstance(uri, tuple) and uri[:1] == ("s",) and isinstance(uri[1], str) and uri[1]:
        return uri[1]
    raise unavailable(EMPTY)


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
