"""How commands answer: stdout and stderr, the envelope, and sentences on a terminal."""

from __future__ import annotations

import io
import json

import pytest
import typer

from worklog.cli.output import Output, as_sentence, print_error
from worklog.errors import FindingsError, NotFoundError, WorklogError

LONG = "There is no contract called 'acne' here, and none that looks like it either"


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("message", "sentence"),
    [("no stop", "no stop."), ("A stop.", "A stop."), ("Why?", "Why?"), ("…", "…")],
)
def test_an_error_ends_as_a_sentence(message: str, sentence: str) -> None:
    assert as_sentence(message) == sentence


def test_text_goes_to_stdout_with_the_colour_of_the_look(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output("diary").result({}, lambda: "\x1b[32mgreen\x1b[0m")

    assert capsys.readouterr() == ("\x1b[32mgreen\x1b[0m\n", "")


def test_nothing_to_say_prints_no_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output("stop").result({}, lambda: "")

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("is_json", [False, True])
def test_problems_are_told_beside_the_result_and_end_the_command(
    capsys: pytest.CaptureFixture[str],
    is_json: bool,  # noqa: FBT001 -- of the table above
) -> None:
    with pytest.raises(typer.Exit) as ended:
        Output("check", is_json=is_json).result(
            {"findings": 1}, lambda: "bad", problems=[FindingsError("1 thing", hint="Mend it.")]
        )

    out, err = capsys.readouterr()
    assert ended.value.exit_code == 4
    if is_json:
        assert json.loads(out)["errors"] == [
            {"code": "findings", "message": "1 thing.", "hint": "Mend it."}
        ]
        assert err == ""
    else:
        assert (out, err) == ("bad\n", "worklog: 1 thing.\nhint: Mend it.\n")


def test_a_note_is_silent_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    Output("start").note("One\nline.")
    Output("start", is_quiet=True).note("Nothing.")

    assert capsys.readouterr() == ("", "worklog: One line.\n")


def test_an_error_may_have_several_lines_and_no_hint(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(WorklogError("first\x1b[2J\nsecond"), command="", is_json=False)

    assert capsys.readouterr() == ("", "worklog: first[2J\nsecond.\n")


def test_sentences_are_wrapped_between_words_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = Terminal()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stderr", stream)

    print_error(NotFoundError(LONG, hint="Did you mean acme?"), command="", is_json=False)
    Output("start").note("/a/path/that/is/longer/than/any/terminal/is/wide/stays/whole")

    assert stream.getvalue() == (
        "worklog: There is no contract called\n"
        "'acne' here, and none that looks like it\n"
        "either.\n"
        "hint: Did you mean acme?\n"
        "worklog:\n"
        "/a/path/that/is/longer/than/any/terminal/is/wide/stays/whole\n"
    )
