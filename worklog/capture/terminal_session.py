"""Whether terminals are all there is of this session; loads nothing, asks nobody."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def refusal(environ: Mapping[str, str]) -> str | None:
    """Return why terminals are not all that this session has, or None.

    Beside a desktop they are a small part of what somebody does: what they do not see
    must not be called idle.
    """
    if not sys.platform.startswith("linux"):
        return "not a Linux terminal"
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return "only for sessions without a desktop"
    return None


def advice(environ: Mapping[str, str]) -> str:
    """Return what a user can do so that the ways of terminals work, in the imperative."""
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return "Unset DISPLAY and WAYLAND_DISPLAY to record nothing but terminals."
    return "Start worklog inside tmux."
