"""What review looks for and reminds of, as the settings and the cache say it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from worklog.app.reminding import Told, Unsent, Wanted, lock_reminders
from worklog.domain.amendment import Key
from worklog.domain.review import VAGUE, Thresholds

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.config import Settings

# What could have left only now is on its way, and no reason to remind anybody.
_PATIENCE: Final = timedelta(minutes=10)


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


def wanted_reminders(settings: Settings) -> Wanted:
    """Return what *settings* say about reminders before a lock."""
    return Wanted(settings.review.remind, thresholds_of(settings))


def unsent_of(context: AppContext) -> Unsent:
    """Return how to find what should have been uploaded, and is not."""

    def unsent(start: datetime, end: datetime) -> list[Key]:
        if not context.cache.knows_services():
            return []
        from worklog.cache.waiting import waiting_keys

        ready = context.clock.now() - context.settings.capture.review - _PATIENCE
        return waiting_keys(context.cache, start, end, sealed_until=ready)

    return unsent


def reminders_now(context: AppContext) -> tuple[Told, ...]:
    """Return what to say of weeks that are about to lock."""
    return lock_reminders(
        context.cache,
        wanted_reminders(context.settings),
        context.tracking.default_contract(),
        now=context.clock.now(),
        zone=context.zone,
        unsent=unsent_of(context),
    )
