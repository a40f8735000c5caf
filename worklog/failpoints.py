"""Named steps of everything that must survive a crash, so that tests can stop there.

Nothing in the installed command can switch them on: only a test entry point calls
`install`. Loaded by the quick road, so this module imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_handlers: list[Callable[[str], None]] = []


def reach(name: str) -> None:
    """Say that step *name* is reached; a test's handler may raise, wait or kill."""
    for handler in _handlers:
        handler(name)


def install(handler: Callable[[str], None] | None) -> None:
    """Call *handler* at each step from now on; None for nobody."""
    _handlers[:] = [] if handler is None else [handler]
