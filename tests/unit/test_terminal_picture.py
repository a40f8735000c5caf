"""Text with SGR sequences as pixels: every cell where it belongs, in its own colours."""

from __future__ import annotations

from typing import cast

import pytest
from PIL import Image

from worklog.capture.terminal_picture import (
    BACK,
    COLOURS,
    FRONT,
    LARGEST,
    Fonts,
    cleaned,
    draw,
)

Colour = tuple[int, int, int]


def cell_size(image: Image.Image, columns: int, rows: int) -> tuple[int, int]:
    return image.width // columns, image.height // rows


def cell(text: str, x: int, y: int = 0, *, columns: int = 20, rows: int = 3) -> Image.Image:
    """Return the pixels of one cell of *text* on a small terminal."""
    image = draw(text, columns=columns, rows=rows)
    width, height = cell_size(image, columns, rows)
    return image.crop((x * width, y * height, (x + 1) * width, (y + 1) * height))


def colours(image: Image.Image) -> set[Colour]:
    found = image.getcolors(image.width * image.height)
    assert found is not None
    return {cast("Colour", pixel) for _, pixel in found}


def brightness(image: Image.Image) -> int:
    return sum(image.convert("L").tobytes())


def test_text_is_light_on_dark_and_stands_in_its_cell() -> None:
    assert {FRONT, BACK} <= colours(cell("ab\n c", 1, 1))
    assert colours(cell("ab\n c", 0, 1)) == {BACK}
    assert colours(cell("ab\n c", 2, 0)) == {BACK}


@pytest.mark.parametrize(
    ("sgr", "front"),
    [
        ("31", COLOURS["red"]),
        ("93", COLOURS["brightbrown"]),
        ("38;5;208", (0xFF, 0x87, 0x00)),
        ("38;2;1;200;3", (1, 200, 3)),
        ("38:2::1:200:3", (1, 200, 3)),
        ("38:2:1:200:3", (1, 200, 3)),
        ("38:5:208", (0xFF, 0x87, 0x00)),
        ("031", COLOURS["red"]),
        ("31;58;5;1", COLOURS["red"]),  # the colour of an underline is not drawn
        ("31;58:2::9:9:9", COLOURS["red"]),
        ("31;3;5;6", COLOURS["red"]),  # nor are italics and blinking
        ("31;39", FRONT),
        ("31;0", FRONT),
        ("38;5;8;32", COLOURS["green"]),  # an 8 in a colour conceals nothing
    ],
)
def test_a_letter_has_the_colour_that_it_was_given(sgr: str, front: Colour) -> None:
    assert front in colours(cell(f"\x1b[{sgr}m█", 0))


@pytest.mark.parametrize(
    ("sgr", "back"),
    [
        ("44", COLOURS["blue"]),
        ("105", COLOURS["bfightmagenta"]),
        ("48;5;21", (0, 0, 0xFF)),
        ("48;2;9;8;7", (9, 8, 7)),
        ("7", FRONT),
        ("7;27", BACK),
        ("48;2;999;1;1", None),
        ("48", BACK),
        ("48;5", BACK),
        ("48;5;999", BACK),
        ("", BACK),
        ("4:3", BACK),
        ("1:2:3", BACK),
    ],
)
def test_a_space_has_the_background_that_it_was_given(sgr: str, back: Colour | None) -> None:
    seen = cell(f"\x1b[{sgr}m x", 0).getpixel((0, 0))

    assert back is None or seen == back


def test_colours_hold_over_the_end_of_a_line_until_they_end() -> None:
    text = "\x1b[41ma\nb\x1b[mc"

    assert COLOURS["red"] in colours(cell(text, 0, 1))
    assert COLOURS["red"] not in colours(cell(text, 1, 1))


def test_bold_is_heavier_and_faint_is_fainter() -> None:
    plain, bold, faint = (brightness(cell(f"{sgr}m", 0)) for sgr in ("", "\x1b[1m", "\x1b[2m"))

    assert bold > plain > faint
    assert brightness(cell("\x1b[2;22mm", 0)) == plain


def test_lines_are_drawn_under_and_through() -> None:
    assert FRONT in colours(cell("\x1b[4m ", 0))
    assert FRONT in colours(cell("\x1b[4:3m ", 0))
    assert FRONT in colours(cell("\x1b[9m ", 0))
    assert colours(cell("\x1b[4m\x1b[4:0m ", 0)) == {BACK}


def test_what_is_concealed_stays_so() -> None:
    assert colours(cell("\x1b[8msecret", 2)) == {BACK}
    assert FRONT in colours(cell("\x1b[8m\x1b[28msecret", 2))


def test_a_wide_character_takes_two_cells() -> None:
    text = "日a\nxxa"
    first, second, after = (cell(text, x) for x in range(3))

    assert FRONT in colours(first) | colours(second)
    assert brightness(second) > 0
    assert after.tobytes() == cell(text, 2, 1).tobytes()


@pytest.mark.parametrize(
    "text",
    [
        "e\u0301|",  # combining
        "\u2764\ufe0f|",  # a variation selector
        "a\u200d|",  # a joiner
        "\ufeffa|",
    ],
)
def test_characters_without_width_take_no_cell_and_cut_nothing_off(text: str) -> None:
    assert cell(text, 1).tobytes() == cell("a|", 1).tobytes()


def test_a_mark_on_the_last_column_moves_nothing() -> None:
    text = "a" * 20 + "\u0301\nnext"

    assert cell(text, 0, 1).tobytes() == cell("\nnext", 0, 1).tobytes()


def test_too_long_a_line_does_not_push_the_next_and_too_many_lines_are_left_out() -> None:
    text = "a" * 30 + "\nb\nc\nd\ne"

    image = draw(text, columns=20, rows=3)

    assert image.tobytes() == draw("a" * 20 + "\nb\nc", columns=20, rows=3).tobytes()


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\b\x1b]8;;\x1b\\", "ab"),
        ("a\x1b]never ended", "a"),
        ("a\x1bPq#1\x1b\\b", "ab"),
        ("a\x1b[2J\x1b[5;5Hb", "ab"),
        ("a\x1b[?25lb\x1b(0c\x1bMd", "abcd"),
        ("a\x00\x07\x08\x7f\x85\x9bb", "ab"),
        ("a\x1b", "a"),
        ("\x1b[31ma\x1b[m", "\x1b[31ma\x1b[0m"),
        ("\x1b[>4;1ma\x1b[?1m", "a"),
        ("\x0eq\x0f", "\x0eq\x0f"),
        ("\u202eevil\u2066", "evil"),
    ],
)
def test_f48_every_escape_but_colours_is_dropped(hostile: str, harmless: str) -> None:
    assert cleaned(hostile) == harmless


def test_line_drawing_of_old_terminals_is_lines() -> None:
    assert cell("\x0eq\x0f", 0).tobytes() == cell("─", 0).tobytes()


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (500, 100)])
def test_pictures_fit_and_have_whole_cells(size: tuple[int, int]) -> None:
    columns, rows = size

    image = draw("x", columns=columns, rows=rows)

    assert (image.width % columns, image.height % rows) == (0, 0)
    assert image.width <= LARGEST[0]
    assert image.height <= LARGEST[1]
    assert image.width // columns >= 5


@pytest.mark.parametrize("size", [(10_000, 10_000), (0, 24)])
def test_a_terminal_that_no_picture_can_hold_is_an_error(size: tuple[int, int]) -> None:
    columns, rows = size

    with pytest.raises(OSError, match="cannot be drawn"):
        draw("x", columns=columns, rows=rows)


def test_without_any_font_of_the_system_letters_still_stand_in_their_cells() -> None:
    """With Pillow's own: what a bare server has."""
    fonts = Fonts(regular=("no-such-font.ttf",), bold=(), wide=())

    image = draw("mW \n\x1b[1mgj", columns=20, rows=3, fonts=fonts)

    width, height = cell_size(image, 20, 3)
    assert height > width > 5
    seen = [
        FRONT in colours(image.crop((x * width, y * height, (x + 1) * width, (y + 1) * height)))
        for x, y in ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1))
    ]
    assert seen == [True, True, False, True, True, False]
