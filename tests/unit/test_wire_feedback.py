"""Reports of problems on the wire: what is taken, and what is not."""

from __future__ import annotations

import pytest

from worklog.domain.canonical import Json
from worklog.errors import ServiceProtocolError
from worklog.wire.feedback import (
    LARGEST_FEEDBACK,
    LONGEST_WORDS,
    Feedback,
    check_taken,
    decode_feedback,
    encode_feedback,
    encode_taken,
)
from worklog.wire.reader import MalformedError, Reader
from worklog.wire.sync.messages import read_message

REPORT: dict[str, Json] = {"id": "report-1", "text": "it flickers", "cache": {"parts": 3}}


def test_a_report_keeps_all_that_it_came_with() -> None:
    found = decode_feedback(read_message(encode_feedback(REPORT), "report"))

    assert found == Feedback(
        "report-1",
        "it flickers",
        '{"cache":{"parts":3},"id":"report-1","text":"it flickers"}',
    )


@pytest.mark.parametrize(
    "members",
    [
        {"id": ""},
        {"id": "../report"},
        {"id": "r" * 65},
        {"text": ""},
        {"text": "x" * (LONGEST_WORDS + 1)},
        {"log": "x" * LARGEST_FEEDBACK},
    ],
    ids=str,
)
def test_a_report_without_bounds_is_refused(members: dict[str, Json]) -> None:
    with pytest.raises(MalformedError):
        decode_feedback(Reader({**REPORT, **members}, "report"))


def test_an_answer_about_another_report_is_none() -> None:
    check_taken(Reader(encode_taken("report-1"), "answer"), "report-1")

    with pytest.raises(ServiceProtocolError, match="another report"):
        check_taken(Reader(encode_taken("report-2"), "answer"), "report-1")
