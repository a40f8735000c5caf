"""What every `NotifyWay` promises."""

from __future__ import annotations

from worklog.app.ports import Notice, NotifyWay

CAPTURE = Notice(
    tag="capture",
    summary="Picture taken",
    body="Firefox: Login",
    actions=(("keep", "Keep"), ("redact", "Redact"), ("discard", "Discard")),
)
HOSTILE = Notice(
    tag="nul \0",
    summary="\x1b[2J\ud800 <b>&",
    body="line\r\n\x07\u2028" * 1000,
    actions=(("", ""), ("default", "\0")),
    image="/nowhere/\udcff.webp",
    is_urgent=True,
)


def test_a_notice_can_be_shown_and_replaced_anywhere(way: NotifyWay) -> None:
    way.show(CAPTURE)
    way.show(CAPTURE)

    assert way.answers() == []
    way.close()


def test_t30_no_text_makes_it_fail(way: NotifyWay) -> None:
    way.show(HOSTILE)
    way.show(CAPTURE)

    assert way.answers() == []
    way.close()


def test_it_can_be_closed_unused_and_twice(way: NotifyWay) -> None:
    way.close()
    way.close()

    assert way.answers() == []


def test_a_notice_after_the_end_is_nothing(way: NotifyWay) -> None:
    way.close()

    way.show(CAPTURE)

    assert way.answers() == []


def test_the_reason_is_none_or_a_sentence(way: NotifyWay) -> None:
    reason = way.unavailable_reason()

    assert reason is None or reason[0].islower()
    way.close()
