"""Amendments as canonical JSON: ``{"v", "kind", "id", "stamp", "author", "device", "change"}``.

A kind of a later version comes back as `Unknown` with its change as it was, and is
encoded to the same bytes again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from worklog.domain.amendment import (
    FORMAT,
    Accept,
    Amendment,
    Change,
    Choose,
    Delete,
    Describe,
    DropSnapshot,
    Idle,
    Key,
    Manual,
    ManualSpan,
    Move,
    OpenTarget,
    Redact,
    RedactedPicture,
    Revoke,
    Stamp,
    Unknown,
)
from worklog.domain.canonical import Json, canonical, parse_json, printable
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.wire.reader import MalformedError, Reader


def encode_amendment(amendment: Amendment) -> str:
    """Return *amendment* as canonical JSON text."""
    kind, change = _encode_change(amendment.change)
    return canonical(
        {
            "v": FORMAT,
            "kind": kind,
            "id": amendment.amendment_id,
            "stamp": [amendment.stamp.milliseconds, amendment.stamp.counter],
            "author": printable(amendment.author),
            "device": amendment.device,
            "change": change,
        }
    ).decode()


def decode_amendment(text: str) -> Amendment:
    """Return the amendment of *text*.

    Raises:
        MalformedError: it is none.
    """
    reader = Reader.of_text(text, "amendment")
    stamp = reader.integers("stamp")
    if len(stamp) != 2:  # noqa: PLR2004 -- milliseconds and counter
        reader.refuse("stamp", "is no pair")
    try:
        change = _decode_change(reader)
    except MalformedError:
        raise
    except ValueError as error:
        reader.refuse("change", f"cannot be read: {error}")
    return Amendment(
        amendment_id=AmendmentId(reader.text("id")),
        stamp=Stamp(*stamp),
        author=reader.text("author"),
        device=DeviceId(reader.text("device")),
        change=change,
    )


def _encode_change(change: Change) -> tuple[str, Json]:  # noqa: C901, PLR0911 -- a table of kinds
    match change:
        case Describe(targets, memo, label):
            words = {"memo": memo, "label": label}
            return "describe", {
                "targets": _encode_keys(targets),
                **{name: printable(word) for name, word in words.items() if word is not None},
            }
        case Manual(contract, spans, memo, label, origin):
            return "manual", {
                "contract": contract,
                "spans": [[span.slot.index, span.start, span.end] for span in spans],
                "memo": printable(memo),
                "label": printable(label),
                "origin": origin,
            }
        case Delete(parts, manual, rest, keys):
            return "delete", {
                "parts": list(parts),
                "manual": _encode_manual(manual),
                "rest": [[to.device, to.key.slot.index, to.key.contract] for to in rest],
                "keys": _encode_keys(keys),
            }
        case DropSnapshot(parts):
            return "drop-snapshot", {"parts": list(parts)}
        case Redact(pictures):
            return "redact", {"pictures": [_encode_redacted(picture) for picture in pictures]}
        case Move(contract, parts, manual, sources, memo, label):
            return "move", {
                "contract": contract,
                "parts": list(parts),
                "manual": _encode_manual(manual),
                "sources": _encode_keys(sources),
                "memo": printable(memo),
                "label": printable(label),
            }
        case Idle(start, end):
            return "idle", {"start": epoch_ms(start), "end": epoch_ms(end)}
        case Choose(contract, slots):
            return "choose", {"contract": contract, "slots": [slot.index for slot in slots]}
        case Accept(targets):
            return "accept", {"targets": _encode_keys(targets)}
        case Revoke(amendments):
            return "revoke", {"amendments": list(amendments)}
        case Unknown(kind, content):
            return kind, parse_json(content)
    assert_never(change)


def _decode_change(reader: Reader) -> Change:
    kind = reader.text("kind")
    decode = _DECODERS.get(kind)
    if decode is None or reader.integer("v") != FORMAT:
        return Unknown(kind, canonical(reader.value("change")).decode())
    return decode(reader.object("change"))


def _describe(change: Reader) -> Describe:
    return Describe(
        _keys(change, "targets"), change.optional_text("memo"), change.optional_text("label")
    )


def _manual(change: Reader) -> Manual:
    return Manual(
        contract=ContractId(change.text("contract")),
        spans=tuple(
            ManualSpan(Slot(_int(slot)), _int(start), _int(end))
            for slot, start, end in change.rows("spans", int, int, int)
        ),
        memo=change.text("memo"),
        label=change.text("label"),
        origin=change.text("origin"),
    )


def _delete(change: Reader) -> Delete:
    return Delete(
        parts=_parts(change),
        manual=_manual_targets(change),
        rest=tuple(
            OpenTarget(DeviceId(str(device)), Key(Slot(_int(slot)), ContractId(str(contract))))
            for device, slot, contract in change.rows("rest", str, int, str)
        ),
        keys=_keys(change, "keys"),
    )


def _redact(change: Reader) -> Redact:
    return Redact(
        tuple(
            RedactedPicture(
                part=PartId(picture.text("part")),
                monitor=picture.integer("monitor"),
                sha256=picture.text("sha256"),
                thumbnail_sha256=picture.text("thumbnail"),
                permille=picture.integer("permille"),
            )
            for picture in change.objects("pictures")
        )
    )


def _move(change: Reader) -> Move:
    return Move(
        contract=ContractId(change.text("contract")),
        parts=_parts(change),
        manual=_manual_targets(change),
        sources=_keys(change, "sources"),
        memo=change.text("memo"),
        label=change.text("label"),
    )


def _choose(change: Reader) -> Choose:
    slots = tuple(Slot(index) for index in change.integers("slots"))
    return Choose(ContractId(change.text("contract")), slots)


_DECODERS: Final[Mapping[str, Callable[[Reader], Change]]] = {
    "describe": _describe,
    "manual": _manual,
    "delete": _delete,
    "drop-snapshot": lambda change: DropSnapshot(_parts(change)),
    "redact": _redact,
    "move": _move,
    "idle": lambda change: Idle(change.instant("start"), change.instant("end")),
    "choose": _choose,
    "accept": lambda change: Accept(_keys(change, "targets")),
    "revoke": lambda change: Revoke(
        tuple(AmendmentId(target) for target in change.texts("amendments"))
    ),
}


def _encode_keys(keys: tuple[Key, ...]) -> Json:
    return [[key.slot.index, key.contract] for key in keys]


def _keys(change: Reader, name: str) -> tuple[Key, ...]:
    return tuple(
        Key(Slot(_int(slot)), ContractId(str(contract)))
        for slot, contract in change.rows(name, int, str)
    )


def _encode_manual(manual: tuple[tuple[AmendmentId, Slot], ...]) -> Json:
    return [[amendment, slot.index] for amendment, slot in manual]


def _manual_targets(change: Reader) -> tuple[tuple[AmendmentId, Slot], ...]:
    return tuple(
        (AmendmentId(str(amendment)), Slot(_int(slot)))
        for amendment, slot in change.rows("manual", str, int)
    )


def _encode_redacted(picture: RedactedPicture) -> Json:
    return {
        "part": picture.part,
        "monitor": picture.monitor,
        "sha256": picture.sha256,
        "thumbnail": picture.thumbnail_sha256,
        "permille": picture.permille,
    }


def _parts(change: Reader) -> tuple[PartId, ...]:
    return tuple(PartId(part) for part in change.texts("parts"))


def _int(value: Json) -> int:
    return value if isinstance(value, int) else 0  # `rows` has seen to it
