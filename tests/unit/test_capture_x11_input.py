"""That the RECORD reader cannot know a key, and that it reads the wire right."""

from __future__ import annotations

import ast
import inspect
import struct
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worklog.capture import x11_input
from worklog.capture.x11_input import Tally
from worklog.capture.x11_link import LinkError

KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION = 2, 3, 4, 5, 6


def event(kind: int, detail: int = 0, rest: bytes = bytes(30)) -> bytes:
    return bytes([kind, detail]) + rest


def packet(*events: bytes, category: int = 0) -> bytes:
    """Return what RECORD sends: a header of 32 bytes, then events."""
    data = b"".join(events)
    return struct.pack("=BBHI24x", 1, category, 4, len(data) // 4) + data


def fed(stream: bytes) -> Tally:
    tally = Tally()
    assert tally.feed(bytearray(stream), len(stream)) == len(stream)
    return tally


def figures(tally: Tally) -> tuple[int, int, int]:
    return tally.keys, tally.clicks, tally.scrolls


def test_t18_the_handler_looks_at_the_kind_and_at_the_button_and_at_nothing_else() -> None:
    """T18: an event is read at two places; the second, its detail, only of a button."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(Tally.count)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    reads = [node for node in ast.walk(function) if isinstance(node, ast.Subscript)]
    branches = [node for node in ast.walk(function) if isinstance(node, ast.If)]
    of_buttons = next(b for b in branches if ast.unparse(b.test) == "kind == BUTTON_RELEASE")

    assert sorted(ast.unparse(read) for read in reads) == ["buffer[event + 1]", "buffer[event]"]
    assert any(
        isinstance(node, ast.Subscript) and ast.unparse(node) == "buffer[event + 1]"
        for node in ast.walk(of_buttons)
    )
    assert [n.arg for n in function.args.args] == ["self", "buffer", "event"]


def test_t18_the_module_asks_for_releases_and_never_for_keyboard_maps() -> None:
    source = inspect.getsource(x11_input)

    assert [ast.unparse(node) for node in ast.walk(ast.parse(source)) if _is_range(node)] == [
        "_range(KEY_RELEASE)",
        "_range(BUTTON_RELEASE)",
    ]
    for word in ("keysym", "keycode_to", "lookup_string", "GetKeyboardMapping", "QueryKeymap"):
        assert word not in source


def _is_range(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_range"
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from([KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION]),
            st.integers(0, 255),
            st.binary(min_size=30, max_size=30),
        ),
        max_size=40,
    )
)
@settings(max_examples=50, deadline=None)
def test_r7_releases_are_counted_and_which_key_makes_no_difference(
    events: list[tuple[int, int, bytes]],
) -> None:
    seen = fed(packet(*(event(kind, detail, rest) for kind, detail, rest in events)))
    without_keys = fed(
        packet(
            *(
                event(kind, 0 if kind in (KEY_PRESS, KEY_RELEASE) else detail)
                for kind, detail, _ in events
            )
        )
    )

    buttons = [detail for kind, detail, _ in events if kind == BUTTON_RELEASE]
    assert figures(seen) == figures(without_keys)
    assert figures(seen) == (
        sum(kind == KEY_RELEASE for kind, _, _ in events),
        sum(detail not in (4, 5, 6, 7) for detail in buttons),
        sum(detail in (4, 5, 6, 7) for detail in buttons),
    )


@given(st.integers(1, 200))
@settings(max_examples=50, deadline=None)
def test_however_the_stream_is_cut_each_event_counts_once(size: int) -> None:
    mapping_changed = event(34)  # goes to every client, recording or not
    generic = struct.pack("=BBHI24x", 35, 0, 0, 2) + bytes([3] * 8)
    stream = packet(event(KEY_RELEASE, 38), event(BUTTON_RELEASE, 1))
    stream += mapping_changed + generic + packet(event(BUTTON_RELEASE, 4)) + packet()
    stream *= 3
    tally, kept = Tally(), b""

    for at in range(0, len(stream), size):
        kept += stream[at : at + size]
        used = tally.feed(bytearray(kept), len(kept))
        kept = kept[used:]

    assert kept == b""
    assert figures(tally) == (3, 3, 3)


def test_f42_the_end_of_the_recording_is_the_end_of_listening() -> None:
    stream = packet(event(KEY_RELEASE)) + packet(category=5)
    tally = Tally()

    with pytest.raises(LinkError, match="switched the recording off"):
        tally.feed(bytearray(stream), len(stream))

    assert figures(tally) == (1, 0, 0)
