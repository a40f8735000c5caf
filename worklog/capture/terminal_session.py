"""Whether terminals are all there is of this session; loads nothing, asks nobody."""

from __future__ import annotations

from collections.abc import Mapping


def refusal(environ: Mapping[str, str]) -> str | None:
    """Return why terminals are not all that this session has, or None.

    Beside a desktop they are a small part of what somebody does: what they do not see
    must not be called idle.
    """
    is_desktop = environ.get("XDG_SESSION_TYPE") in ("x11", "wayland")
    if is_desktop or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return "for sessions without a desktop"
    return None
