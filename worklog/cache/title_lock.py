"""Titles and names of applications as they come into the cache and go out of it.

The one place where they are locked and unlocked; all between only carries them
(`worklog.cache.locked_text`). A title that cannot be locked is not kept: time is worth more
than a title, and a title in the clear is what was not wanted.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from worklog.cache.journal import Entry
from worklog.cache.locked_text import (
    APPLICATION,
    LOCKED,
    NAMES,
    TITLE,
    LockedText,
    has_locked,
    locked_in,
    read_fields,
    read_open_part,
    write_open_part,
)
from worklog.cache.storage_key import StorageKey, is_locked, key_id_of
from worklog.domain.canonical import Json, canonical, parse_json, printable
from worklog.domain.evidence import Record
from worklog.domain.part import Part
from worklog.domain.segment import BilledSegment, Segment
from worklog.errors import CacheCorruptError, WorklogError
from worklog.wire.reader import Reader

_VALUE: Final = "value"
_log: Final = logging.getLogger(__name__)

Words = TypeVar("Words", Part, Segment)


@dataclass(frozen=True, slots=True)
class Unread:
    """A text that cannot be unlocked.

    Attributes:
        part: Id of its part.
        key: Id of the key that it needs, hex; empty where its bytes are damaged.
        place: Where that key is not, in words.
    """

    part: str
    key: str
    place: str = ""


class TitleLock:
    """Locks and unlocks application and title with a key."""

    def __init__(self, key: StorageKey) -> None:
        self._key = key

    # --- In -----------------------------------------------------------------------------

    def lockable(self, part: Part) -> Part:
        """Return *part* as it can be kept: without application and title where they cannot be.

        What is locked already and cannot be read is left out as well: nobody can vouch for
        it in a header.
        """
        part = self.plain(part)
        if (part.application, part.title) == (None, None) or not self._key.encrypts():
            return part
        return part if self._can_lock() else replace(part, application=None, title=None)

    def locked(self, part: Part) -> Part:
        """Return an open *part* with application and title locked, where that is wanted."""
        part = self.lockable(part)
        if not self._key.encrypts():
            return part
        return replace(
            part,
            application=self._locked_text(part, APPLICATION, part.application),
            title=self._locked_text(part, TITLE, part.title),
        )

    def locked_fields(self, part_id: str, fields: str) -> str:
        """Return *fields* of a sealed part with those two locked, where that is wanted.

        Raises:
            CacheUnwritableError: there is no key to be had.
        """
        if not self._key.encrypts():
            return fields
        members = dict(read_fields(fields))
        for name in NAMES:
            field = members.get(name)
            if isinstance(field, Mapping) and field.get(_VALUE) is not None:
                members[name] = {LOCKED: self._lock(part_id, name, field)}
        return canonical(members).decode()

    def locked_entry(self, entry: Entry) -> Entry:
        """Return an entry from elsewhere as it may lie here.

        Raises:
            CacheUnwritableError: there is no key to be had; nothing is kept in the clear.
        """
        if not self._key.encrypts():
            return entry
        if entry.kind == "seal":
            fields = self.locked_fields(_part_of(entry), entry.reader.text("fields"))
            return replace(entry, content={**entry.content, "fields": fields})
        if entry.kind == "open" and not has_locked(entry.reader.text("content")):
            part = self.locked(read_open_part(entry.reader.text("content")))
            return replace(entry, content={**entry.content, "content": write_open_part(part)})
        return entry

    def may_lack(self, part: Part) -> bool:
        """Return whether *part*, as it is kept, may have lost its title to a missing key."""
        words = (part.application, part.title)
        return self._key.encrypts() or any(isinstance(text, LockedText) for text in words)

    # --- Out ----------------------------------------------------------------------------

    def plain(self, words: Words) -> Words:
        """Return *words* with application and title as they were; None where unreadable."""
        application, title = words.application, words.title
        if not isinstance(application, LockedText) and not isinstance(title, LockedText):
            return words
        return replace(
            words,
            application=self._shown(APPLICATION, application),
            title=self._shown(TITLE, title),
        )

    def plain_row(self, row: BilledSegment) -> BilledSegment:
        """Return *row* likewise."""
        segment = self.plain(row.segment)
        return row if segment is row.segment else replace(row, segment=segment)

    def plain_fields(self, part_id: str, fields: str) -> str:
        """Return the *fields* of a sealed part as they were signed.

        Raises:
            CacheCorruptError: a key is not here, or what is locked is damaged.
        """
        if not has_locked(fields):
            return fields
        members = dict(read_fields(fields))
        for name, data in locked_in(members).items():
            members[name] = self._unlock(part_id, name, data)
        return canonical(members).decode()

    def plain_record(self, part_id: str, record: Record) -> Record:
        """Return *record* with its fields as they were signed; errors as of `plain_fields`."""
        return replace(record, fields=self.plain_fields(part_id, record.fields))

    def readable_record(self, part_id: str, record: Record) -> tuple[Record, list[str]]:
        """Return *record* with what can be read of it, and the names of what cannot be."""
        if not has_locked(record.fields):
            return record, []
        members = dict(read_fields(record.fields))
        unread = []
        for name, data in locked_in(members).items():
            try:
                members[name] = self._unlock(part_id, name, data)
            except WorklogError:
                del members[name]
                unread.append(name)
        return replace(record, fields=canonical(members).decode()), unread

    def plain_entry(self, entry: Entry) -> Entry:
        """Return a `seal` entry with its fields as they were signed; others as they are.

        Raises:
            CacheCorruptError: a key is not here, or what is locked is damaged.
        """
        if entry.kind != "seal":
            return entry
        fields = self.plain_fields(_part_of(entry), entry.reader.text("fields"))
        return replace(entry, content={**entry.content, "fields": fields})

    def unread(self, part_id: str, locked: Mapping[str, str], *, is_deep: bool) -> Unread | None:
        """Return why one of the texts *locked* of a part cannot be read; None if all can.

        Without *is_deep* only whether their keys are here.
        """
        for name, text in locked.items():
            data = _bytes(text)
            if not is_locked(data):
                return Unread(part_id, "")
            if not self._key.has_key_of(data):
                return Unread(part_id, key_id_of(data), self._key.where_it_is_not(data))
            if is_deep and self._opened(part_id, name, data) is None:
                return Unread(part_id, "")
        return None

    # --- Inside -------------------------------------------------------------------------

    def _can_lock(self) -> bool:
        try:
            self._key.lock(b"", name="")
        except WorklogError as error:
            _log.warning("titles are not kept, as they cannot be encrypted", exc_info=error)
            return False
        return True

    def _locked_text(self, part: Part, name: str, text: str | None) -> str | None:
        if text is None:
            return None
        return LockedText(self._lock(part.part_id, name, {_VALUE: printable(text)}), part.part_id)

    def _lock(self, part_id: str, name: str, field: Json) -> str:
        locked = self._key.lock(canonical(field), name=_bound(part_id, name))
        return base64.b64encode(locked).decode()

    def _unlock(self, part_id: str, name: str, text: str) -> Mapping[str, Json]:
        found = self._opened(part_id, name, _bytes(text))
        if found is None:
            msg = f"The {name} of part {part_id} is damaged."
            raise CacheCorruptError(msg, hint="Bring it back with `worklog restore`.")
        return found

    def _opened(self, part_id: str, name: str, data: bytes) -> Mapping[str, Json] | None:
        what = f"{name} of part {part_id}"
        opened = self._key.unlock(data, name=_bound(part_id, name), what=what)
        if opened is data:
            return None
        field = parse_json(opened.decode())
        return field if isinstance(field, Mapping) else None

    def _shown(self, name: str, text: str | None) -> str | None:
        if not isinstance(text, LockedText):
            return text
        try:
            value = self._unlock(text.part, name, text).get(_VALUE)
        except WorklogError:
            return None
        return value if isinstance(value, str) else None


def _part_of(entry: Entry) -> str:
    return Reader.of_text(entry.reader.text("header"), "header").text("part")


def _bound(part_id: str, name: str) -> str:
    """Return what a locked text is bound to, so that none passes for that of another part."""
    return f"part {part_id} {name}"


def _bytes(text: str) -> bytes:
    """Return the bytes of *text*; none where it is damaged."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
