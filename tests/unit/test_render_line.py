"""Lines in pieces: cells, cuts, colours, and text from outside."""
# ruff: noqa: RUF001 -- Hebrew letters look like others

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worklog.cli.render.line import Ink, cells, clip, cut, length, paint, spread, words, wrapped
from worklog.cli.render.look import Look

PLAIN = Look(width=40)
ANSI = re.compile(r"\x1b\[[\d;]*m")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXTS, st.integers(0, 50))
@settings(max_examples=200)
def test_a_cut_text_is_never_wider_than_asked(text: str, width: int) -> None:
    assert cells(cut(words(text), width, PLAIN)) <= width


@given(TEXTS, st.sampled_from(["", "0:50", "0:47:12"]), st.integers(24, 120))
@settings(max_examples=200)
def test_a_spread_line_is_as_wide_as_asked_and_keeps_its_end(
    text: str, end: str, width: int
) -> None:
    line = spread([(words(text), Ink.TEXT)], [(end, Ink.STRONG)], width, Look(width=width))

    assert length(line) == width
    assert line[-1] == (end, Ink.STRONG)


@given(TEXTS)
@settings(max_examples=200)
def test_t13_foreign_text_holds_no_control_character(text: str) -> None:
    shown = paint([(words(text), Ink.STRONG)], Look(colour=True))

    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ANSI.sub("", shown))


def test_wide_characters_count_two_cells() -> None:
    assert cells("日本") == 4
    assert cut("日本語のメモ", 7, PLAIN) == "日本語…"


def test_right_to_left_text_is_kept_apart_from_the_figures_beside_it() -> None:
    line = spread([(words("תיקון באג"), Ink.TEXT)], [("0:50", Ink.TEXT)], 30, PLAIN)

    assert line[0][0] == "\u200eתיקון באג\u200e"
    assert length(line) == 30


def test_a_cut_right_to_left_text_is_still_closed() -> None:
    assert cut(words("תיקון באג ארוך"), 8, PLAIN) == "\u200eתיקון ב\u200e…"


def test_a_colour_is_ended_and_neighbours_of_one_ink_share_it() -> None:
    line = [("a", Ink.ACTIVE), ("b", Ink.ACTIVE), ("c", Ink.TEXT), ("   ", Ink.DIM)]

    assert paint(line, Look(colour=True)) == "\x1b[38;5;29mab\x1b[0mc"
    assert paint(line, PLAIN) == "abc"


@pytest.mark.parametrize(
    ("look", "shown"),
    [
        (Look(unicode=False), "a - b ü 日"),
        (Look(unicode=False, encoding="latin-1"), "a - b ü ??"),
        (Look(unicode=False, encoding="ascii"), "a - b ? ??"),
    ],
)
def test_what_cannot_be_written_is_replaced_by_as_many_cells(look: Look, shown: str) -> None:
    assert paint([("a · b ü 日", Ink.TEXT)], look) == shown


def test_a_line_is_clipped_in_the_piece_that_is_too_long() -> None:
    assert clip([("abc", Ink.TEXT), ("defgh", Ink.DIM), ("i", Ink.TEXT)], 6, PLAIN) == (
        ("abc", Ink.TEXT),
        ("de…", Ink.DIM),
    )


def test_an_ellipsis_without_room_is_shortened_too() -> None:
    look = Look(unicode=False)

    assert [cut("abcdef", width, look) for width in (0, 2, 4)] == ["", "..", "a..."]


def test_a_sentence_is_wrapped_and_hangs() -> None:
    look = Look(width=16)

    lines = wrapped("There is no display here.", Ink.DOUBT, look, begin="! ", indent=2)

    assert [paint(line, look) for line in lines] == ["! There is no", "  display here."]


def test_a_word_that_is_too_long_is_cut() -> None:
    assert [paint(line, PLAIN) for line in wrapped("x" * 50, Ink.TEXT, PLAIN)] == ["x" * 39 + "…"]


def luminance(red: int, green: int, blue: int) -> float:
    """Return the relative luminance of WCAG 2.1."""
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (red / 255, green / 255, blue / 255)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ink", [ink for ink in Ink if "38;5;" in ink.value])
def test_every_colour_can_be_read_on_black_and_on_white(ink: Ink) -> None:
    number = int(ink.value.rpartition(";")[2]) - 16  # in the cube of 6 x 6 x 6
    levels = (0, 95, 135, 175, 215, 255)

    light = luminance(levels[number // 36], levels[number // 6 % 6], levels[number % 6])

    assert (light + 0.05) / 0.05 >= 3
    assert 1.05 / (light + 0.05) >= 3
