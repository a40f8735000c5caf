"""Windows on sway, by its IPC (sway-ipc(7)): a length, a type, JSON, both ways."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from worklog.app.covering import enclosing
from worklog.app.ports import Box, Window
from worklog.capture.json_windows import box_of, parsed, rows, table, window
from worklog.capture.wayland_session import refusal

PATIENCE_S: Final = 2.0  # for each piece of an answer [s]

_MAGIC: Final = b"i3-ipc"
_HEAD: Final = struct.Struct("=6sII")
_GET_TREE: Final = 4
_LARGEST: Final = 1 << 26  # bytes of an answer; desktops take some ten thousand
_SCRATCHPAD: Final = "__i3"  # the output where hidden windows are kept


_Node = Mapping[str, Any]


class SwayError(Exception):
    """sway is gone, does not answer, or says what cannot be read."""


class SwayWindows:
    """Sees the windows of one sway, on a fresh connection each time (5 ms)."""

    name = "sway"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def unavailable_reason(self) -> str | None:
        """Return why windows cannot be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        if not self._environ.get("SWAYSOCK"):
            return "SWAYSOCK is not set, so this is not sway"
        try:
            self._tree()
        except SwayError as error:
            return str(error)
        return None

    def active(self) -> Window | None:
        """Return the window that has the keyboard; None without one."""
        views = self._views() or ()
        return next((_window(*view) for view in views if view[0].get("focused")), None)

    def visible(self) -> tuple[Window, ...] | None:
        """Return the windows that are shown on a monitor, floating ones last."""
        views = self._views()
        if views is None:
            return None
        return tuple(_window(*view) for view in views if view[0].get("visible") is not False)

    def attention(self) -> Box | None:
        """Return the place of the active window, or of the workspace without one."""
        try:
            nodes = _nodes(self._tree())
        except SwayError:
            return None
        return next((_box(node, "rect") for node, _ in nodes if node.get("focused")), None)

    def _views(self) -> list[tuple[_Node, _Node]] | None:
        """Return the nodes that are windows, each with its parent; None where sway is mute."""
        try:
            tree = self._tree()
        except SwayError:
            return None
        return [(node, parent) for node, parent in _nodes(tree) if _is_view(node)]

    def _tree(self) -> _Node:
        if refusal(self._environ) is not None or not self._environ.get("SWAYSOCK"):
            msg = "this is not sway"
            raise SwayError(msg)
        tree = parsed(_answer(self._environ["SWAYSOCK"], _GET_TREE))
        if not isinstance(tree, dict) or tree.get("type") != "root":
            msg = "sway says what cannot be read"
            raise SwayError(msg)
        return tree


def _nodes(tree: _Node) -> Iterator[tuple[_Node, _Node]]:
    """Yield all nodes from *tree* on with their parents, tiled ones before what floats."""
    waiting: list[tuple[_Node, _Node]] = [(tree, {})]
    while waiting:
        node, parent = waiting.pop()
        if node.get("name") == _SCRATCHPAD and node.get("type") == "output":
            continue
        yield node, parent
        inner = [*rows(node.get("nodes")), *rows(node.get("floating_nodes"))]
        waiting += [(child, node) for child in reversed(inner)]


def _is_view(node: _Node) -> bool:
    return node.get("type") in ("con", "floating_con") and isinstance(node.get("pid"), int)


def _window(node: _Node, parent: _Node) -> Window:
    # A window of XWayland has a class in place of an app_id.
    of_x = table(node.get("window_properties"))
    application = node.get("app_id") or of_x.get("class") or of_x.get("instance")
    box = _box(node, "rect")
    return replace(window(application, node.get("name"), box), outer=_outer(box, node, parent))


def _outer(box: Box | None, node: _Node, parent: _Node) -> Box | None:
    """Return *box* with the title bar over it, which lies where the parent begins."""
    bar, around = _box(node, "deco_rect"), _box(parent, "rect")
    if box is None or bar is None or around is None or not bar.width or not bar.height:
        return None
    left, top = around.left + bar.left, around.top + bar.top
    return enclosing(box, Box(left, top, bar.width, bar.height))


def _box(node: _Node, name: str) -> Box | None:
    rect = table(node.get(name))
    return box_of(rect.get("x"), rect.get("y"), rect.get("width"), rect.get("height"))


def _answer(path: str, kind: int) -> bytes:
    """Return what sway answers to a question without arguments.

    Raises:
        SwayError: it does not.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(PATIENCE_S)
            link.connect(path)
            link.sendall(_HEAD.pack(_MAGIC, 0, kind))
            magic, size, _ = _HEAD.unpack(_read(link, _HEAD.size))
            if magic != _MAGIC or size > _LARGEST:
                msg = f"{path} is no socket of sway"
                raise SwayError(msg)
            return _read(link, size)
    except TimeoutError as error:
        msg = "sway does not answer"
        raise SwayError(msg) from error
    except (OSError, ValueError) as error:  # a path that is too long, or has a null in it
        said = error.strerror if isinstance(error, OSError) else None
        msg = f"no sway answers at {path}: {said or error}"
        raise SwayError(msg) from error


def _read(link: socket.socket, size: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < size:
        piece = link.recv(min(size - len(pieces), 1 << 16))
        if not piece:
            msg = "sway closed the connection"
            raise SwayError(msg)
        pieces += piece
    return bytes(pieces)
