"""Whether this session has a Wayland compositor, and where; loads nothing, asks nobody."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def refusal(environ: Mapping[str, str]) -> str | None:
    """Return why no Wayland way can work in this session, or None."""
    if not sys.platform.startswith("linux"):
        return "not a Linux desktop"
    if not environ.get("WAYLAND_DISPLAY"):
        return "WAYLAND_DISPLAY is not set, so there is no Wayland compositor to ask"
    if not environ["WAYLAND_DISPLAY"].startswith("/") and not environ.get("XDG_RUNTIME_DIR"):
        return "XDG_RUNTIME_DIR is not set, so the compositor cannot be found"
    return None


def is_wayland(environ: Mapping[str, str]) -> bool:
    """Return whether the session calls itself a Wayland one."""
    return environ.get("XDG_SESSION_TYPE") == "wayland" or bool(environ.get("WAYLAND_DISPLAY"))


def advice(environ: Mapping[str, str], fix: str) -> str:
    """Return what a user can do so that a Wayland way works, *fix* if a compositor is there."""
    if refusal(environ) is None:
        return fix
    if is_wayland(environ):
        return "Start worklog in a terminal of your desktop, or set WAYLAND_DISPLAY."
    return "Log in to a Wayland session."


def socket_path(environ: Mapping[str, str]) -> str:
    """Return where the compositor listens; only for sessions without a `refusal`."""
    name = environ["WAYLAND_DISPLAY"]
    return name if name.startswith("/") else f"{environ['XDG_RUNTIME_DIR']}/{name}"
