"""What ledgers call a stretch of work: an account, and a description without comments."""

from __future__ import annotations

from worklog.domain.stretch import Stretch
from worklog.domain.time_entry import with_tags
from worklog.reports.exports.export import Export, described


def account_and_words(export: Export, stretch: Stretch) -> tuple[str, str]:
    """Return `contract:label`, and the memo with the other tags behind it.

    Two spaces would end an account and a semicolon begin a comment: they become one
    space, and a comma.
    """
    memo, tags = described(stretch)
    label, others = (tags[:1], tags[1:]) if stretch.label else ((), tags)
    account = _plain(":".join((export.name(stretch), *label)))
    return account, with_tags(_plain(memo), [_plain(tag) for tag in others])


def _plain(text: str) -> str:
    return " ".join(text.replace(";", ",").split())
