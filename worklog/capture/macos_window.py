"""Windows on macOS: the window server's list, in which titles need Screen Recording.

The topmost ordinary window is taken for the active one: who is in front without any
window, as the Finder often is, cannot be told from a terminal. What a window says of
itself is hostile until it has been cleaned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from worklog.app.ports import Window
from worklog.capture.macos_api import ListedWindow, MacApi, refusal
from worklog.capture.macos_permission import Permission
from worklog.capture.window_words import APPLICATION_LENGTH, clean

_MOST: Final = 2000  # windows looked at; more than any desktop has
_ORDINARY: Final = 0  # kCGNormalWindowLevel
_BAR: Final = (24, 25)  # kCGMainMenuWindowLevel, kCGStatusWindowLevel
_BAR_HEIGHT: Final = 50  # points; the bar beside a camera is 38 high


class MacWindows:
    """Sees applications, titles and places of the windows on the screen."""

    name = "macos"

    def __init__(self, api: MacApi) -> None:
        self._api = api

    def unavailable_reason(self) -> str | None:
        """Return why windows cannot be seen this way, or None."""
        reason = refusal(self._api)
        if reason is not None:
            return reason
        denial = Permission.SCREEN.denial(self._api)
        return f"{denial}, without which titles are hidden" if denial else None

    def active(self) -> Window | None:
        """Return the topmost ordinary window; without the permission it has no title."""
        found = front(self._api)
        return None if found is None else _window(found)

    def visible(self) -> tuple[Window, ...] | None:
        """Return the windows on the screen, lowest first.

        None where titles are hidden: a rule may be about one of them (R29).
        """
        if Permission.SCREEN.denial(self._api) is not None:
            return None
        listed = _listed(self._api)
        if listed is None or Permission.SCREEN.denial(self._api) is not None:
            return None
        return tuple(_window(each) for each in reversed(listed) if not _is_of_menu_bar(each))


class MacApplications:
    """Sees which application is in front and nothing else; needs no permission."""

    name = "macos-applications"

    def __init__(self, api: MacApi) -> None:
        self._api = api

    def unavailable_reason(self) -> str | None:
        """Return why no application can be seen this way, or None."""
        return refusal(self._api)

    def active(self) -> Window | None:
        """Return the application of the topmost ordinary window, without a title."""
        found = front(self._api)
        return None if found is None else Window(_application(found), "", found.box)

    def visible(self) -> tuple[Window, ...] | None:
        """Return None: titles are hidden, and rules are about them too."""
        return None


def front(api: MacApi) -> ListedWindow | None:
    """Return the topmost ordinary window; None without one or outside of a desktop."""
    return next((each for each in _listed(api) or () if each.layer == _ORDINARY), None)


def _listed(api: MacApi) -> Sequence[ListedWindow] | None:
    """Return the windows that can be seen, topmost first."""
    try:
        windows = api.windows()
    except OSError:
        return None
    return None if windows is None else [each for each in windows[:_MOST] if _is_seen(each)]


def _is_seen(listed: ListedWindow) -> bool:
    box = listed.box
    return listed.alpha > 0 and (box is None or (box.width > 0 and box.height > 0))


def _is_of_menu_bar(listed: ListedWindow) -> bool:
    """Return whether it is the menu bar or a symbol in it, which shows nothing of a program."""
    box = listed.box
    return listed.layer in _BAR and box is not None and box.height <= _BAR_HEIGHT


def _window(listed: ListedWindow) -> Window:
    return Window(_application(listed), clean(listed.name or ""), listed.box)


def _application(listed: ListedWindow) -> str:
    return clean(listed.owner, APPLICATION_LENGTH)
