"""Memos and labels: what is kept, what is made harmless, what is refused."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklog.domain.text import bare, clean_label, clean_memo, nearest, printable
from worklog.errors import UsageError

ANY_TEXT = st.text(st.characters(), max_size=80)  # lone surrogates included


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("fixing bug", "fixing bug"),
        ("  fixing\t the\r\n\nbug  ", "fixing the bug"),
        ("a\u00a0b\u2003c\u2028d", "a b c d"),
        ("a \x00 b", "a b"),
        ("", ""),
        (" \n\u200b\ufeff ", ""),
        ("Gr\u0075\u0308\u00dfe", "Gr\u00fc\u00dfe"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("\U0001f469\u200d\U0001f4bb done", "\U0001f469\u200d\U0001f4bb done"),
    ],
)
def test_a_memo_is_one_trimmed_line_in_normal_form(typed: str, kept: str) -> None:
    assert clean_memo(typed) == kept
    assert clean_label(typed) == kept


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;owned\x07", "]0;owned"),
        ("\x9b2J", "2J"),
        ("one\r\nFAKE LOG LINE", "one  FAKE LOG LINE"),
        ("pay \u202e001\u202c now", "pay 001 now"),
        ("\u2066a\u2069\u206a", "a"),
        ("caf\udce9", "caf\ufffd"),  # Latin-1 bytes on the command line
        ("\ud800", "\ufffd"),
        ("\x7f\x08\x08", ""),
        ("a\tb", "a b"),
    ],
)
def test_t13_t30_text_cannot_drive_a_terminal_or_forge_a_line(hostile: str, harmless: str) -> None:
    assert printable(hostile) == harmless


@given(ANY_TEXT)
def test_t30_printable_text_is_one_line_without_controls(text: str) -> None:
    line = printable(text)

    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in line)
    assert line.encode().decode() == line
    assert printable(line) == line


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    memo = clean_memo(text)

    assert clean_memo(memo) == memo
    assert memo == " ".join(memo.split())
    assert unicodedata.is_normalized("NFC", memo)


def test_a_memo_of_500_characters_fits_and_one_more_is_refused() -> None:
    assert clean_memo("x" * 500 + " ") == "x" * 500

    with pytest.raises(UsageError, match="at most 500 characters, this one has 503") as error:
        clean_memo("x" * 503)
    assert error.value.hint == "Shorten it by 3 characters."


def test_a_label_of_60_characters_fits_and_one_more_is_refused() -> None:
    assert clean_label("x" * 60) == "x" * 60

    with pytest.raises(UsageError, match="a label has at most 60 characters, this one has 61"):
        clean_label("x" * 61)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("Acme", ["acme", "Acme Support", "old acme"]),
        ("acmee", ["acme", "old acme"]),
        ("desgin", ["design"]),
        ("supp", ["Acme Support"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_the_nearest_names_are_offered(word: str, found: list[str]) -> None:
    choices = ["old acme", "Acme Support", "acme", "design", "the new acme"]

    assert nearest(word, choices) == found


@pytest.mark.parametrize(
    ("word", "compared"), [("WIP.", "wip"), ("(fix)", "(fix)"), ("…", ""), ("Étude,", "étude")]
)
def test_words_are_compared_without_case_and_marks(word: str, compared: str) -> None:
    assert bare(word) == compared


def test_the_quick_road_loads_nothing_for_an_ascii_memo() -> None:
    program = (
        "import sys; before = set(sys.modules);"
        "from worklog.domain.text import clean_memo; clean_memo('a  b\\n');"
        "print(sorted(set(sys.modules) - before))"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True
    )

    loaded = ["__future__", "worklog", "worklog.domain", "worklog.domain.text", "worklog.errors"]
    assert done.stdout == f"{loaded}\n"
