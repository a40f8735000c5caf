"""Windows on X11: what the window manager says (EWMH), and the tree where none does.

All that may show on a monitor counts for withholding, so windows that no manager
knows, such as a screen locker's, are found in the tree as well. What a window says
of itself is hostile until it has been cleaned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from Xlib.protocol import request

from worklog.app.covering import enclosing
from worklog.app.ports import Box, Window
from worklog.app.withholding import overlap
from worklog.capture.window_words import clean, program_name
from worklog.capture.x11_link import Answer, Link, LinkError, Question
from worklog.capture.x11_session import refusal

_VIEWABLE: Final = 2  # GetWindowAttributes, map state
_INPUT_ONLY: Final = 2  # likewise, class
_POINTER_ROOT: Final = 1  # GetInputFocus: the keyboard follows the pointer
_ALL_DESKTOPS: Final = 0xFFFFFFFF
_DEPTH: Final = 5  # levels of frames around a client's window
_MOST: Final = 2000  # windows looked at; more than any desktop has
_UNITS: Final = 1024  # of four bytes: as much of a property as is ever fetched
_WM_NAME, _WM_CLASS = 39, 67  # predefined atoms
_NAMES: Final = (
    "_NET_CLIENT_LIST_STACKING",
    "_NET_CURRENT_DESKTOP",
    "_NET_ACTIVE_WINDOW",
    "_NET_WM_NAME",
    "_NET_WM_DESKTOP",
    "_NET_WM_STATE",
    "_NET_WM_STATE_HIDDEN",
)


class X11Windows:
    """Sees the windows of one X server, on a fresh connection each time (1 to 10 ms)."""

    name = "x11-ewmh"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def unavailable_reason(self) -> str | None:
        """Return why windows cannot be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            Link(self._environ).close()
        except LinkError as error:
            return str(error)
        return None

    def active(self) -> Window | None:
        """Return the window that has the keyboard; None without one."""
        try:
            with Link(self._environ) as link:
                return _Desktop(link).active()
        except LinkError:
            return None

    def visible(self) -> tuple[Window, ...] | None:
        """Return the windows that are mapped on this desktop, lowest first."""
        try:
            with Link(self._environ) as link:
                return _Desktop(link).visible()
        except LinkError:
            return None


def attention(link: Link) -> tuple[int, int]:
    """Return a point on the desktop where the user is: the active window's middle or the pointer.

    Raises:
        LinkError: the server went away.
    """
    window = _Desktop(link).active()
    if window is not None and window.box is not None:
        box = window.box
        return box.left + box.width // 2, box.top + box.height // 2
    pointer = link.ask(request.QueryPointer, window=link.root)
    return (pointer.root_x, pointer.root_y) if pointer is not None else (0, 0)


def application_name(wm_class: bytes) -> str:
    """Return a program's name as people know it, from instance and class (ICCCM 4.1.2.5)."""
    instance, _, rest = wm_class.partition(b"\0")
    return program_name(_text(rest.partition(b"\0")[0] or instance))


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the server knows of one window."""

    is_viewable: bool
    is_drawn: bool
    wm_class: bytes
    title: str
    desktop: int | None
    is_hidden: bool

    @property
    def is_named(self) -> bool:
        return bool(self.wm_class or self.title)

    def as_window(self, place: _Place) -> Window:
        return Window(application_name(self.wm_class), self.title, place.box, place.outer)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a window lies, and where with the frame of its manager; None where unknown."""

    box: Box | None = None
    outer: Box | None = None


class _Desktop:
    """One look at the windows of a server; every step is one round trip for all of them."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._atom = dict(zip(_NAMES, link.atoms(*_NAMES), strict=True))

    def active(self) -> Window | None:
        for start in self._focused():
            for window in self._upwards(start):
                facts = self._facts([window])[0]
                if facts is not None and facts.wm_class and facts.is_viewable:
                    return facts.as_window(self._places([window])[0])
        return None

    def visible(self) -> tuple[Window, ...]:
        root = self._link.root
        clients = self._numbers(root, "_NET_CLIENT_LIST_STACKING")
        current = next(iter(self._numbers(root, "_NET_CURRENT_DESKTOP")), None)
        found = self._shown(clients, current)
        known = {*clients}
        level = self._children([root])
        for _ in range(_DEPTH):
            level = [window for window in level if window not in known][:_MOST]
            if not level:
                break
            facts = self._facts(level)
            shown = [(w, f) for w, f in zip(level, facts, strict=True) if f and f.is_viewable]
            found += [(w, f) for w, f in shown if f.is_drawn and f.is_named]
            level = self._children([w for w, f in shown if not f.wm_class])
        places = self._places([window for window, _ in found])
        desktop = self._boxes([root])[0]
        return tuple(
            facts.as_window(place)
            for (_, facts), place in zip(found, places, strict=True)
            # Managers park windows of their own outside of the desktop.
            if place.box is None or desktop is None or overlap(place.outer or place.box, desktop)
        )

    # --- Which windows ----------------------------------------------------------------

    def _focused(self) -> Iterable[int]:
        """Yield where the keyboard may be, the best guess first."""
        yield from self._numbers(self._link.root, "_NET_ACTIVE_WINDOW")
        focus = self._link.ask(request.GetInputFocus)
        if focus is None:
            return
        if focus.focus not in (0, _POINTER_ROOT, self._link.root):
            yield focus.focus
        elif focus.focus != 0:
            yield from self._under_pointer()

    def _under_pointer(self) -> list[int]:
        """Return the windows below the pointer, innermost first."""
        path: list[int] = []
        window = self._link.root
        while len(path) < _DEPTH:
            pointer = self._link.ask(request.QueryPointer, window=window)
            if pointer is None or not pointer.child:
                break
            window = pointer.child
            path.insert(0, window)
        return path

    def _upwards(self, window: int) -> Iterable[int]:
        """Yield *window* and what it lies in, up to the root."""
        for _ in range(2 * _DEPTH):
            if window in (0, self._link.root):
                return
            yield window
            tree = self._link.ask(request.QueryTree, window=window)
            window = 0 if tree is None else tree.parent

    def _shown(self, clients: Sequence[int], current: int | None) -> list[tuple[int, _Facts]]:
        """Return those of the manager's *clients* that are on the desktop shown now."""
        return [
            (window, facts)
            for window, facts in zip(clients, self._facts(clients), strict=True)
            if facts is not None
            and facts.is_viewable
            and not facts.is_hidden
            and (current is None or facts.desktop in (None, current, _ALL_DESKTOPS))
        ]

    def _children(self, windows: Sequence[int]) -> list[int]:
        trees = self._link.ask_all([(request.QueryTree, {"window": w}) for w in windows])
        return [child for tree in trees if tree is not None for child in tree.children]

    # --- What they say ----------------------------------------------------------------

    def _facts(self, windows: Sequence[int]) -> list[_Facts | None]:
        """Return the facts of each window, None for one that is gone."""
        questions: list[Question] = []
        for window in windows:
            questions.append((request.GetWindowAttributes, {"window": window}))
            questions += [
                _property(window, atom)
                for atom in (
                    _WM_CLASS,
                    _WM_NAME,
                    self._atom["_NET_WM_NAME"],
                    self._atom["_NET_WM_DESKTOP"],
                    self._atom["_NET_WM_STATE"],
                )
            ]
        answers = self._link.ask_all(questions)
        return [self._fact(answers[at : at + 6]) for at in range(0, len(answers), 6)]

    def _fact(self, answers: Sequence[Answer | None]) -> _Facts | None:
        attributes, wm_class, wm_name, name, desktop, state = answers
        if attributes is None:
            return None
        return _Facts(
            is_viewable=attributes.map_state == _VIEWABLE,
            is_drawn=attributes.win_class != _INPUT_ONLY,
            wm_class=_octets(wm_class),
            title=clean(_text(_octets(name) or _octets(wm_name))),
            desktop=next(iter(_words(desktop)), None),
            is_hidden=self._atom["_NET_WM_STATE_HIDDEN"] in _words(state),
        )

    def _numbers(self, window: int, name: str) -> list[int]:
        kind, fields = _property(window, self._atom[name])
        return _words(self._link.ask(kind, **fields))

    def _places(self, windows: Sequence[int]) -> list[_Place]:
        """Return where *windows* lie; what is not known whole is not known."""
        boxes = self._boxes(windows)
        outers = self._boxes(self._outermost(windows), with_border=True)
        return [
            _Place()
            if box is None or outer is None
            else _Place(box, None if outer == box else enclosing(box, outer))
            for box, outer in zip(boxes, outers, strict=True)
        ]

    def _outermost(self, windows: Sequence[int]) -> list[int]:
        """Return the windows just below the root that *windows* are or lie in; 0 for lost ones."""
        found = list(windows)
        rising = set(found)
        for _ in range(2 * _DEPTH):
            if not rising:
                return found
            asked = sorted(rising)
            trees = self._link.ask_all([(request.QueryTree, {"window": w}) for w in asked])
            parents = {w: 0 if t is None else t.parent for w, t in zip(asked, trees, strict=True)}
            inner = {w: parent for w, parent in parents.items() if parent != self._link.root}
            found = [inner.get(window, window) for window in found]
            rising = {*inner.values()} - {0}
        return [0 if window in rising else window for window in found]

    def _boxes(self, windows: Sequence[int], *, with_border: bool = False) -> list[Box | None]:
        questions: list[Question] = []
        for window in windows:
            where = {"src_wid": window, "dst_wid": self._link.root, "src_x": 0, "src_y": 0}
            questions += [
                (request.GetGeometry, {"drawable": window}),
                (request.TranslateCoords, where),
            ]
        answers = self._link.ask_all(questions)
        pairs = zip(answers[::2], answers[1::2], strict=True)
        return [
            None
            if size is None or place is None
            else _grown(
                Box(place.x, place.y, size.width, size.height),
                size.border_width if with_border else 0,
            )
            for size, place in pairs
        ]


def _grown(box: Box, by: int) -> Box:
    return Box(box.left - by, box.top - by, box.width + 2 * by, box.height + 2 * by)


def _property(window: int, atom: int) -> Question:
    return request.GetProperty, {
        "delete": 0,
        "window": window,
        "property": atom,
        "type": 0,
        "long_offset": 0,
        "long_length": _UNITS,
    }


def _octets(answer: Answer | None) -> bytes:
    """Return a property of bytes; empty where it is missing or of another kind."""
    if answer is None or answer.value is None or answer.value[0] != 8:  # noqa: PLR2004 -- bits
        return b""
    return bytes(answer.value[1])


def _words(answer: Answer | None) -> list[int]:
    """Return a property of 32-bit numbers; empty where it is missing or of another kind."""
    if answer is None or answer.value is None or answer.value[0] != 32:  # noqa: PLR2004 -- bits
        return []
    return list(answer.value[1])


def _text(octets: bytes) -> str:
    """Return UTF-8, or Latin-1 where it is none; a character cut in two at the end is left out."""
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        if error.end == len(octets) and error.reason == "unexpected end of data":
            return octets[: error.start].decode()
        return octets.decode("latin-1")
