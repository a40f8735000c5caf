"""Whether this session is one where X11 shows the truth; loads nothing, asks nobody."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def refusal(environ: Mapping[str, str]) -> str | None:
    """Return why no X11 way can work in this session, or None."""
    if not sys.platform.startswith("linux"):
        return "not a Linux desktop"
    if environ.get("XDG_SESSION_TYPE") == "wayland" or environ.get("WAYLAND_DISPLAY"):
        return "a Wayland session, where X11 gives black pictures and sees only some windows"
    if not environ.get("DISPLAY"):
        return "DISPLAY is not set, so there is no X server to ask"
    return None


def advice(environ: Mapping[str, str]) -> str:
    """Return what a user can do so that X11 ways work, in the imperative."""
    if environ.get("XDG_SESSION_TYPE") == "wayland" or environ.get("WAYLAND_DISPLAY"):
        return "Choose an Xorg session when you log in."
    if not environ.get("DISPLAY"):
        return "Start worklog in a terminal of your desktop, or set DISPLAY and XAUTHORITY."
    return "Check that `xdpyinfo` works in this terminal."
