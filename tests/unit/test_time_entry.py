"""Words of foreign entries: what becomes memo and label, and how the tags come back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import MONDAY
from worklog.domain.text import LABEL_LENGTH, MEMO_LENGTH, clean_memo
from worklog.domain.time_entry import TimeEntry, tags_of, with_tags, worded


def entry(description: str = "", *tags: str) -> TimeEntry:
    return TimeEntry(MONDAY, MONDAY + timedelta(hours=1), "acme", description, tags)


_letters = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
_words = st.text(_letters)
_tags = st.lists(st.lists(_words.filter(bool), min_size=1).map(" ".join), max_size=4)


@given(_words, _tags)
def test_tags_come_back_as_they_went_in(description: str, tags: list[str]) -> None:
    memo = with_tags(description, tags)

    if tags:
        assert tags_of(memo) == (description, tuple(tags))
    else:
        assert memo == description


@given(st.text(), st.lists(st.text(), max_size=5), st.lists(st.sampled_from(["dev", "qa"])))
def test_words_of_any_entry_are_a_memo_and_a_label(
    description: str, tags: list[str], labels: list[str]
) -> None:
    found = worded(entry(description, *tags), labels)

    assert clean_memo(found.memo) == found.memo
    assert len(found.memo) <= MEMO_LENGTH
    assert len(found.label) <= LABEL_LENGTH
    assert not labels or found.label in ("", *labels)


@pytest.mark.parametrize(
    ("tags", "labels", "memo", "label"),
    [
        ((), (), "fix", ""),
        (("dev",), (), "fix", "dev"),
        (("dev", "deep work"), (), 'fix #"deep work"', "dev"),
        (("deep", "dev"), ("dev", "qa"), "fix #deep", "dev"),
        (("deep", "wide"), ("dev",), "fix #deep #wide", ""),
        (("x" * 61, "dev"), (), f"fix #{'x' * 61}", "dev"),
        (("", "  "), (), "fix", ""),
    ],
)
def test_the_first_tag_that_the_contract_offers_is_the_label(
    tags: tuple[str, ...], labels: tuple[str, ...], memo: str, label: str
) -> None:
    found = worded(entry("fix", *tags), labels)

    assert (found.memo, found.label, found.is_cut) == (memo, label, False)


def test_a_description_that_ends_in_a_tag_is_kept_apart() -> None:
    assert with_tags("fix #42", ["web"]) == "fix #42 · #web"
    assert tags_of("fix #42 · #web") == ("fix #42", ("web",))


def test_a_long_description_is_cut_and_says_so() -> None:
    found = worded(entry("word " * 200), ())

    assert found.is_cut
    assert found.memo.endswith("word…")
    assert len(found.memo) <= MEMO_LENGTH


def test_control_characters_and_line_breaks_are_gone() -> None:
    found = worded(entry("fix\x1b[31m\nthis", "a\x07b"), ())

    assert (found.memo, found.label) == ("fix[31m this", "ab")


def test_an_entry_knows_its_length() -> None:
    assert entry().seconds == 3600
