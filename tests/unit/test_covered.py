"""What was covered, by cause and by picture, and how much of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklog.app.covered import ByRule, Cause, Covered, covered_on, in_words, share, tally, together
from worklog.app.ports import Box, Frame, WithholdRule
from worklog.capture.picture import WebpCodec
from worklog.domain.cover_tally import CoverTally
from worklog.domain.secret_forms import SecretKind
from worklog.domain.segment_words import covered_in_words

LEFT = Box(-100, 0, 100, 100)
RIGHT = Box(0, 0, 100, 100)
VAULT = ByRule("KeePassXC", WithholdRule("application", "keepass"), "redact.apps")
BOXES = st.builds(
    Box, st.integers(-120, 120), st.integers(-20, 120), st.integers(1, 90), st.integers(1, 90)
)


@given(st.lists(BOXES, max_size=6), st.sampled_from([LEFT, RIGHT, Box(-7, 3, 33, 17)]))
def test_the_share_is_the_one_that_is_painted(boxes: list[Box], monitor: Box) -> None:
    frame = Frame(0, monitor, bytes(3 * monitor.width * monitor.height))

    _, painted = WebpCodec().cover(frame, boxes)

    assert share(monitor, boxes) == painted


def test_causes_are_told_apart_and_only_where_they_reach_into_the_picture() -> None:
    across, mail = Box(-10, 0, 20, 100), Box(50, 50, 10, 1)
    more = Box(50, 60, 10, 1)
    places: list[tuple[Box, Cause]] = [
        (across, VAULT),
        (mail, SecretKind.MAIL),
        (more, SecretKind.MAIL),
        (Box(500, 0, 9, 9), SecretKind.CARD),
    ]

    pictures = {0: covered_on(LEFT, places), 1: covered_on(RIGHT, places)}

    assert pictures == {
        0: (Covered(VAULT, (across,), 100),),
        1: (Covered(VAULT, (across,), 100), Covered(SecretKind.MAIL, (mail, more), 2)),
    }
    assert together(pictures) == ((VAULT, 1), (SecretKind.MAIL, 2))
    assert tally(pictures, permille=102) == CoverTally(windows=1, secrets=2, permille=102)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((VAULT, 2), "KeePassXC (application matches /keepass/)"),
        (
            (ByRule("", WithholdRule("title", "x"), "redact.apps"), 1),
            "a window (title matches /x/)",
        ),
        ((SecretKind.CARD, 1), "card number (redact.secrets)"),
        ((SecretKind.CARD, 3), "card number, 3 lines (redact.secrets)"),
    ],
)
def test_a_cause_is_told_without_what_stood_there(
    found: tuple[ByRule | SecretKind, int], words: str
) -> None:
    assert in_words(found) == words


@pytest.mark.parametrize(
    ("covered", "words", "figures"),
    [
        (CoverTally(), "", None),
        (
            CoverTally(1, 0, 250),
            "1 window by a rule",
            {"windows": 1, "secrets": 0, "permille": 250},
        ),
        (CoverTally(0, 1, 5), "1 line with secrets", {"windows": 0, "secrets": 1, "permille": 5}),
        (
            CoverTally(2, 3, 400),
            "2 windows by a rule, 3 lines with secrets",
            {"windows": 2, "secrets": 3, "permille": 400},
        ),
    ],
)
def test_windows_and_secrets_are_counted_apart(
    covered: CoverTally, words: str, figures: dict[str, int] | None
) -> None:
    assert (str(covered), covered.figures) == (words, figures)


@pytest.mark.parametrize(
    ("share_now", "when_taken", "words"),
    [
        (0, 0, ""),
        (120, 0, "12 % covered by hand"),
        (125, 125, "12.5 % covered when it was taken"),
        (400, 125, "40 % covered, 12.5 % when it was taken and the rest by hand"),
    ],
)
def test_a_stored_picture_says_since_when_it_is_covered(
    share_now: int, when_taken: int, words: str
) -> None:
    assert covered_in_words(share_now, when_taken) == words
