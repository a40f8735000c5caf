"""Application and title of a window where they are locked: how rows and lines hold them.

A locked text stands in a row as `{"locked": BASE64}`: in a sealed part in the place of the
whole field, salt and value, because the salt alone would let a title be guessed from its
commitment; in an open part in the place of the text; in a segment beside the id of the
part that it comes from, whose very bytes it has. So folding, erasing and comparing need no
key: a locked text goes through them as it is, and whoever shows it unlocks it at last
(`worklog.cache.title_lock`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Self

from worklog.domain.canonical import Json, canonical, parse_json
from worklog.domain.evidence import Erasures, Record
from worklog.domain.part import Part
from worklog.domain.segment import Segment
from worklog.wire import segment as wire_segment
from worklog.wire.part import (
    decode_open_part,
    decode_part,
    encode_open_part,
    erased_fields,
)
from worklog.wire.reader import MalformedError, Reader

APPLICATION: Final = "application"
TITLE: Final = "title"
NAMES: Final = (APPLICATION, TITLE)
LOCKED: Final = "locked"
_PART: Final = "part"
_FIELDS: Final = "fields"
# No text of a person has this in JSON: its quotes would be escaped.
_SIGN: Final = f'{{"{LOCKED}":"'
_NOTHING: Final[Json] = {"salt": "", "value": None}


class LockedText(str):
    """A text that is locked, as base64 of its bytes.

    Attributes:
        part: Id of the part that it is bound to.
    """

    __slots__ = (_PART,)
    part: str

    def __new__(cls, data: str, part: str) -> Self:
        made = super().__new__(cls, data)
        made.part = part
        return made


def has_locked(text: str) -> bool:
    """Return whether anything in the JSON *text* of a row is locked."""
    return _SIGN in text


def locked_in(fields: Mapping[str, Json]) -> dict[str, str]:
    """Return the base64 of those of *fields* that are locked, by their names."""
    return {
        name: str(value[LOCKED])
        for name, value in fields.items()
        if isinstance(value, Mapping) and LOCKED in value and name in NAMES
    }


def read_fields(fields: str) -> Mapping[str, Json]:
    """Return the fields of a sealed part as JSON.

    Raises:
        MalformedError: they are none.
    """
    return _members(fields, "fields")


# --- Sealed parts -------------------------------------------------------------------------


def read_part(header: bytes, fields: str) -> Part:
    """Return the sealed part of a row; errors as of `decode_part`."""
    if not has_locked(fields):
        return decode_part(header, fields)
    part = decode_part(header, closed(fields))
    return _with(part, locked_in(read_fields(fields)))


def closed(fields: str) -> str:
    """Return *fields* so that they can be decoded: what is locked is there without a value."""
    if not has_locked(fields):
        return fields
    members = read_fields(fields)
    return _text({**members, **dict.fromkeys(locked_in(members), _NOTHING)})


def without(fields: str, names: Callable[[str], bool]) -> str:
    """Return *fields*, locked ones as they are, without those that *names* picks."""
    return _text({name: value for name, value in read_fields(fields).items() if not names(name)})


def erased(record: Record, erasures: Erasures) -> Callable[[str], bool]:
    """Return which fields of *record* the *erasures* take away, locked or not."""
    return erased_fields(replace(record, fields=closed(record.fields)), erasures)


# --- Open parts ---------------------------------------------------------------------------


def read_open_part(content: str) -> Part:
    """Return the open part of a row; errors as of `decode_open_part`."""
    if not has_locked(content):
        return decode_open_part(content)
    members = _members(content, "open part")
    fields = _object(members, _FIELDS)
    locked = locked_in(fields)
    plain = {**fields, **dict.fromkeys(locked)}
    return _with(decode_open_part(_text({**members, _FIELDS: plain})), locked)


def locked_in_open_part(content: str) -> dict[str, str]:
    """Return what is locked in the content of an open part; errors as of `read_fields`."""
    return locked_in(_object(_members(content, "open part"), _FIELDS))


def write_open_part(part: Part) -> str:
    """Return an open part as the content of a row; what is locked stays so."""
    locked = {name: {LOCKED: text} for name, text in _locked_of(part).items()}
    text = encode_open_part(part)
    if part.is_erased or not locked:
        return text
    members = _members(text, "open part")
    return _text({**members, _FIELDS: {**_object(members, _FIELDS), **locked}})


# --- Segments -----------------------------------------------------------------------------


def read_segment(slot: int, contract: str, content: str) -> Segment:
    """Return the segment of a row; errors as of `decode_segment`."""
    if not has_locked(content):
        return wire_segment.decode_segment(slot, contract, content)
    members = _members(content, "segment")
    locked = {
        name: LockedText(data, str(_object(members, name).get(_PART)))
        for name, data in locked_in(members).items()
    }
    plain = Reader({**members, **dict.fromkeys(locked)}, "segment")
    segment = wire_segment.read_segment(slot, contract, plain)
    return replace(
        segment,
        application=locked.get(APPLICATION, segment.application),
        title=locked.get(TITLE, segment.title),
    )


def write_segment(segment: Segment) -> str:
    """Return *segment* as the content of a row; what is locked stays so."""
    text = wire_segment.encode_segment(segment)
    locked: dict[str, Json] = {
        name: {LOCKED: str(kept), _PART: kept.part} for name, kept in _locked_of(segment).items()
    }
    return _text({**_members(text, "segment"), **locked}) if locked else text


# --- Inside -------------------------------------------------------------------------------


def _with(part: Part, locked: Mapping[str, str]) -> Part:
    made = {name: LockedText(data, part.part_id) for name, data in locked.items()}
    return replace(
        part,
        application=made.get(APPLICATION, part.application),
        title=made.get(TITLE, part.title),
    )


def _locked_of(words: Part | Segment) -> dict[str, LockedText]:
    found = {APPLICATION: words.application, TITLE: words.title}
    return {name: text for name, text in found.items() if isinstance(text, LockedText)}


def _members(text: str, what: str) -> Mapping[str, Json]:
    try:
        members = parse_json(text)
    except ValueError as error:
        msg = f"{what} is no JSON: {error}"
        raise MalformedError(msg) from error
    if not isinstance(members, Mapping):
        msg = f"{what} is no JSON object"
        raise MalformedError(msg)
    return members


def _object(members: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = members.get(name)
    if not isinstance(value, Mapping):
        msg = f"{name} is no JSON object"
        raise MalformedError(msg)
    return value


def _text(members: Mapping[str, Json]) -> str:
    return canonical(members).decode()
