"""Segments as JSON: the content of the materialised table, which any fold can rebuild."""

from __future__ import annotations

from worklog.domain.amendment import Key
from worklog.domain.canonical import Json, canonical
from worklog.domain.grid import Slot, epoch_ms
from worklog.domain.ids import AmendmentId, ContractId, DeviceId, PartId
from worklog.domain.segment import ManualTime, Origin, Picture, Segment
from worklog.wire.part import decode_activity, decode_capture, encode_activity, encode_capture
from worklog.wire.reader import Reader


def encode_segment(segment: Segment) -> str:
    """Return *segment* as canonical JSON text; its key is not in it."""
    return canonical(
        {
            "memo": segment.memo,
            "label": segment.label,
            "origin": segment.origin.value,
            "spans": [list(span) for span in segment.spans],
            "tracked": [list(interval) for interval in segment.tracked],
            "manual": [_encode_manual(manual) for manual in segment.manual],
            "counts": encode_activity(segment.activity),
            "application": segment.application,
            "title": segment.title,
            "pictures": [_encode_picture(picture) for picture in segment.pictures],
            "parts": list(segment.parts),
            "devices": list(segment.devices),
            "marks": list(segment.marks),
            "first": None if segment.first is None else epoch_ms(segment.first),
            "policy": segment.policy,
            "deleted": segment.is_deleted,
            "late": segment.is_late,
            "accepted": segment.is_accepted,
            "chosen": segment.is_chosen,
            "history": list(segment.history),
        }
    ).decode()


def decode_segment(slot: int, contract: str, text: str) -> Segment:
    """Return the segment of *text*.

    Raises:
        MalformedError: it is none.
    """
    return read_segment(slot, contract, Reader.of_text(text, "segment"))


def read_segment(slot: int, contract: str, reader: Reader) -> Segment:
    """Return the segment that *reader* reads; errors as of `decode_segment`."""
    return Segment(
        key=Key(Slot(slot), ContractId(contract)),
        memo=reader.text("memo"),
        label=reader.text("label"),
        origin=Origin(reader.text("origin")),
        spans=tuple(
            (_int(start), _int(end), str(memo), str(label))
            for start, end, memo, label in reader.rows("spans", int, int, str, str)
        ),
        tracked=tuple((_int(a), _int(b)) for a, b in reader.rows("tracked", int, int)),
        manual=tuple(_manual(manual) for manual in reader.objects("manual")),
        activity=decode_activity(reader.object("counts")),
        application=reader.optional_text("application"),
        title=reader.optional_text("title"),
        pictures=tuple(_picture(picture) for picture in reader.objects("pictures")),
        parts=tuple(PartId(part) for part in reader.texts("parts")),
        devices=tuple(DeviceId(device) for device in reader.texts("devices")),
        marks=reader.texts("marks"),
        first=None if reader.value("first") is None else reader.instant("first"),
        policy=reader.integer("policy"),
        is_deleted=reader.boolean("deleted"),
        is_late=reader.boolean("late"),
        is_accepted=reader.boolean("accepted"),
        is_chosen=reader.boolean("chosen"),
        history=tuple(AmendmentId(amendment) for amendment in reader.texts("history")),
    )


def _encode_manual(manual: ManualTime) -> Json:
    return {
        "amendment": manual.amendment,
        "start": manual.start,
        "end": manual.end,
        "memo": manual.memo,
        "label": manual.label,
        "origin": manual.origin.value,
    }


def _manual(reader: Reader) -> ManualTime:
    return ManualTime(
        amendment=AmendmentId(reader.text("amendment")),
        start=reader.integer("start"),
        end=reader.integer("end"),
        memo=reader.text("memo"),
        label=reader.text("label"),
        origin=Origin(reader.text("origin")),
    )


def _encode_picture(picture: Picture) -> Json:
    return {
        "part": picture.part,
        "capture": encode_capture(picture.capture),
        "redacted": picture.redacted,
    }


def _picture(reader: Reader) -> Picture:
    return Picture(
        part=PartId(reader.text("part")),
        capture=decode_capture(reader.object("capture")),
        redacted=reader.integer("redacted"),
    )


def _int(value: Json) -> int:
    return value if isinstance(value, int) else 0  # `rows` has seen to it
