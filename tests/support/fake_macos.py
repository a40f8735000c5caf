"""A macOS to play with: the answers of its calls, and which of them fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from worklog.app.ports import Box
from worklog.capture.macos_api import DesktopSession, ListedWindow

KEY, LEFT, RIGHT, OTHER, WHEEL = 10, 1, 3, 25, 22


def listed(
    owner: str,
    name: str | None,
    box: Box | None = None,
    *,
    layer: int = 0,
    alpha: float = 1.0,
) -> ListedWindow:
    return ListedWindow(owner, name, layer, alpha, box)


@dataclass
class FakeMac:
    """Implements `worklog.capture.macos_api.MacApi`.

    Attributes:
        shown: Windows, topmost first; titles are hidden without the permission.
        broken: Names of the calls that raise OSError.
        counters: By kind of event.
        before: Called with the name of each call before it answers, to change things in
            the middle of a look.
    """

    state: DesktopSession | None = field(default_factory=lambda: DesktopSession(True, False))
    allows_screen: bool = True
    allows_listening: bool = True
    allows_control: bool = True
    shown: Sequence[ListedWindow] | None = ()
    at: tuple[int, int] | None = (5, 6)
    broken: set[str] = field(default_factory=set)
    counters: dict[int, int] = field(
        default_factory=lambda: dict.fromkeys((KEY, LEFT, RIGHT, OTHER, WHEEL), 0)
    )
    before: Callable[[str], None] = lambda _: None

    def session(self) -> DesktopSession | None:
        self._called("session")
        return self.state

    def may_record_screen(self) -> bool:
        self._called("may_record_screen")
        return self.allows_screen

    def may_listen(self) -> bool:
        self._called("may_listen")
        return self.allows_listening

    def is_trusted(self) -> bool:
        self._called("is_trusted")
        return self.allows_control

    def windows(self) -> Sequence[ListedWindow] | None:
        self._called("windows")
        if self.shown is None or self.allows_screen:
            return self.shown
        return [listed(w.owner, None, w.box, layer=w.layer, alpha=w.alpha) for w in self.shown]

    def pointer(self) -> tuple[int, int] | None:
        self._called("pointer")
        return self.at

    def count(self, kind: int) -> int:
        self._called("count")
        return self.counters[kind] % (1 << 32)

    def _called(self, name: str) -> None:
        self.before(name)
        if name in self.broken:
            raise OSError(name)
