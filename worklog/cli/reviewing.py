"""What review looks for, as the settings say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worklog.domain.review import VAGUE, Thresholds

if TYPE_CHECKING:
    from worklog.config import Settings


def thresholds_of(settings: Settings) -> Thresholds:
    """Return the thresholds that *settings* set."""
    review = settings.review
    return Thresholds(
        low_boxes=review.few_boxes,
        memo_words=review.memo_words,
        memo_characters=review.memo_length,
        vague=review.vague.words(VAGUE),
        manual_permille=review.manual_share * 10,
        gap_at_least=review.gap,
        gap_at_most=review.longest_gap,
    )
