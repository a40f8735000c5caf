"""Time entries: work as other time trackers know it, and how its words fit worklog's.

An entry is a stretch of time with a project, a description and tags. Its project is a
contract, its first tag that the contract offers is the label, and the tags that are left
stay in the memo as `#words`, from where an export takes them back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from unicodedata import normalize

from worklog.domain.text import LABEL_LENGTH, MEMO_LENGTH, printable

_PLAIN: Final = re.compile(r'[^\s"#]+')
_LAST_TAG: Final = re.compile(r'(?:^|\s)#(?:"((?:[^"\\]|\\.)+)"|([^\s"#]+))$')
_ESCAPED: Final = re.compile(r"\\(.)")
_BREAK: Final = "·"  # keeps a description that ends in a tag apart from the tags
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """A stretch of work of another tracker.

    Attributes:
        start: First instant, in UTC and of a whole second.
        end: Instant after the last, likewise.
        project: What it was for; empty without one.
        description: What was done; empty without one.
        tags: In the order of their source.
        client: Who pays, where the source says so.
        line: Where it stands in its file, from 1; 0 where it is in none.
    """

    start: datetime
    end: datetime
    project: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    client: str = ""
    line: int = field(default=0, compare=False)

    @property
    def seconds(self) -> int:
        return round((self.end - self.start).total_seconds())


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of an entry as a segment has them.

    Attributes:
        memo: With the tags that are no label.
        label: The first tag that may be one; empty without.
        is_cut: The memo is shorter than its source.
    """

    memo: str
    label: str
    is_cut: bool = False


def worded(entry: TimeEntry, labels: Sequence[str]) -> Wording:
    """Return the words of *entry* for a contract that offers *labels*; empty: any."""
    tags = [tag for tag in (_line(tag) for tag in entry.tags) if tag]
    label = next((tag for tag in tags if _may_be_label(tag, labels)), "")
    if label:
        tags.remove(label)
    memo = with_tags(_line(entry.description), tags)
    if len(memo) <= MEMO_LENGTH:
        return Wording(memo, label)
    return Wording(memo[: MEMO_LENGTH - 1].rstrip() + _ELLIPSIS, label, is_cut=True)


def with_tags(description: str, tags: Sequence[str]) -> str:
    """Return *description* with *tags* behind it, as `tags_of` takes them apart."""
    if not tags:
        return description
    words = [f"#{tag}" if _PLAIN.fullmatch(tag) else f'#"{_escaped(tag)}"' for tag in tags]
    if _LAST_TAG.search(description) or description.endswith(_BREAK):
        words.insert(0, _BREAK)
    return " ".join([description, *words] if description else words)


def tags_of(memo: str) -> tuple[str, tuple[str, ...]]:
    """Return description and tags of *memo*; undoes `with_tags`."""
    tags: list[str] = []
    while match := _LAST_TAG.search(memo):
        tags.insert(0, match[2] or _ESCAPED.sub(r"\1", match[1]))
        memo = memo[: match.start()].rstrip()
    if tags and (memo == _BREAK or memo.endswith(f" {_BREAK}")):
        memo = memo.removesuffix(_BREAK).rstrip()
    return memo, tuple(tags)


def _escaped(tag: str) -> str:
    return tag.replace("\\", "\\\\").replace('"', '\\"')


def _line(text: str) -> str:
    """Return *text* as memos and labels are kept (`worklog.domain.text`), of any length."""
    return normalize("NFC", " ".join(printable(text).split()))


def _may_be_label(tag: str, labels: Sequence[str]) -> bool:
    return tag in labels if labels else len(tag) <= LABEL_LENGTH
