"""What a stream can show, decided in one place."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest

from worklog.cli.render.look import Look
from worklog.config import Settings, load
from worklog.places import places


class Stream(io.TextIOWrapper):
    """A stream of a certain encoding that may say that it is a terminal."""

    def __init__(self, encoding: str = "utf-8", *, is_terminal: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(places({"WORKLOG_HOME": str(tmp_path)}), {})


def test_a_terminal_gets_colour_and_unicode(settings: Settings) -> None:
    look = Look.detect(Stream(), {"TERM": "xterm-256color", "COLUMNS": "100"}, settings)

    assert look == Look(width=100, colour=True, unicode=True, encoding="utf-8")


def test_a_pipe_gets_no_colour_and_80_columns(settings: Settings) -> None:
    look = Look.detect(Stream(is_terminal=False), {"TERM": "xterm"}, settings)

    assert look == Look(width=80, colour=False, unicode=True, encoding="utf-8")


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_it_is_not_wanted(settings: Settings, environ: dict[str, str]) -> None:
    assert not Look.detect(Stream(), environ, settings).colour


def test_an_empty_no_color_says_nothing(settings: Settings) -> None:
    assert Look.detect(Stream(), {"NO_COLOR": ""}, settings).colour


def test_settings_win_over_what_is_found(settings: Settings) -> None:
    always = replace(settings, ui=replace(settings.ui, colour="always", unicode="no"))
    never = replace(settings, ui=replace(settings.ui, colour="never", unicode="yes"))

    with_colour = Look.detect(Stream(is_terminal=False), {"NO_COLOR": "1"}, always)
    without = Look.detect(Stream(), {"TERM": "linux"}, never)

    assert (with_colour.colour, with_colour.unicode) == (True, False)
    assert (without.colour, without.unicode) == (False, True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_boxes_never_gets_them(settings: Settings, encoding: str) -> None:
    wanted = replace(settings, ui=replace(settings.ui, unicode="yes"))

    assert not Look.detect(Stream(encoding), {}, wanted).unicode


def test_the_linux_console_has_no_boxes_in_its_font(settings: Settings) -> None:
    assert not Look.detect(Stream(), {"TERM": "linux"}, settings).unicode


@pytest.mark.parametrize(("columns", "width"), [("7", 24), ("-3", 80), ("wide", 80), ("0", 80)])
def test_a_width_that_is_no_width_is_not_believed(
    settings: Settings, columns: str, width: int
) -> None:
    assert Look.detect(Stream(), {"COLUMNS": columns}, settings).width == width


@pytest.mark.parametrize(("columns", "width"), [(132, 132), (0, 80), (9, 24)])
def test_the_width_is_that_of_the_terminal(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, columns: int, width: int
) -> None:
    stream = Stream()
    monkeypatch.setattr(stream, "fileno", lambda: 99)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((columns, 24)))

    assert Look.detect(stream, {}, settings).width == width
