"""`worklog prove`: what the diary has of segments, as one file that proves itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog import __version__
from worklog.cli import json as views
from worklog.cli.choosing import chosen_segments, names
from worklog.cli.showing import write_private
from worklog.domain.amendment import Amendment, Describe, Key, Manual
from worklog.domain.canonical import Json
from worklog.domain.contract import Contract
from worklog.domain.ids import PartId
from worklog.domain.segment import BilledSegment
from worklog.domain.timesheet import totals
from worklog.domain.wording import count
from worklog.errors import NotFoundError
from worklog.wire.proof import encode_exhibit, encode_proof

if TYPE_CHECKING:
    from worklog.app.ports import StoredPicture
    from worklog.cli.context import AppContext

_MEGABYTE: Final = 1_000_000


def prove_segments(
    context: AppContext,
    text: str,
    contract_name: str | None,
    *,
    output: str,
    with_pictures: bool,
) -> None:
    """Write the proof of the segments that *text* names to *output*.

    Raises:
        NotFoundError: there are none.
        CacheUnwritableError: the file cannot be written.
    """
    from worklog.cache.keys import DeviceKey
    from worklog.cli.render.proof import proof_page

    context.recover()
    rows = _sealed(context, chosen_segments(context, text, contract_name))
    if not rows:
        msg = f"Nothing of {text!r} is sealed yet."
        raise NotFoundError(msg, hint="A segment is sealed when its ten minutes are over.")
    contents = _contents(context, rows, with_pictures=with_pictures)
    key = DeviceKey(context.places.device_key)
    page = proof_page(encode_proof(contents, key)).encode()
    write_private(Path(output), page)
    pictures = sum(len(part["pictures"]) for part in contents["parts"])
    context.output.result(
        {"file": output, "segments": len(rows), "pictures": pictures, "bytes": len(page)},
        lambda: (
            f"{output}: {count(len(rows), 'segment')}, {count(pictures, 'picture')}, "
            f"{len(page) / _MEGABYTE:.1f} MB. It opens in any browser and checks itself there."
        ),
    )


def _sealed(context: AppContext, rows: Sequence[BilledSegment]) -> list[BilledSegment]:
    """Return *rows* without those that are still being recorded."""
    going_on = {Key(part.slot, part.contract) for part in context.open_parts()}
    return [row for row in rows if row.segment.key not in going_on]


def _contents(
    context: AppContext, rows: Sequence[BilledSegment], *, with_pictures: bool
) -> views.Object:
    from worklog.cache.evidence import exhibits, receipted

    contracts = names(context)
    contract = contracts[rows[0].segment.key.contract]
    evidence = exhibits(context.cache, [part for row in rows for part in row.segment.parts])
    held = _held(context, [exhibit.part for exhibit in evidence])
    known = receipted(context.cache, rows)
    return {
        "made": views.instant(context.clock.now()),
        "by": f"worklog {__version__}",
        "zone": context.zone.key,
        "range": views.span(rows[0].segment.key.slot.start, rows[-1].segment.key.slot.end),
        "contract": views.contract_view(_with_terms_of(contract, rows)),
        "totals": views.sums(totals(rows)),
        "segments": [
            {
                **views.segment_view(row, contracts, is_receipted=row.segment.key in known),
                "captures": _captures(row, held),
                "history": _history(context, row),
            }
            for row in rows
        ],
        "parts": [
            encode_exhibit(each, _files(context, held, each.part) if with_pictures else {})
            for each in evidence
        ],
        "services": _services(context, contract),
    }


def _with_terms_of(contract: Contract, rows: Sequence[BilledSegment]) -> Contract:
    """Return *contract* with those of its terms that *rows* bill by."""
    held = {contract.terms_at(row.segment.key.slot.start) for row in rows}
    return replace(contract, terms=tuple(sorted(held, key=lambda terms: terms.since)))


# --- Pictures -----------------------------------------------------------------------------

Held = dict[PartId, dict[int, "StoredPicture"]]  # by position in the part


def _held(context: AppContext, parts: Sequence[PartId]) -> Held:
    from worklog.cache.evidence import positions

    places = {part: positions(context.cache, part) for part in parts}
    found: Held = {part: {} for part in parts}
    for stored in context.cache.pictures(parts):
        position = places[stored.part].get(stored.capture.sha256)
        if position is not None:
            found[stored.part][position] = stored
    return found


def _files(context: AppContext, held: Held, part: PartId) -> dict[int, str]:
    """Return the image files of *part* in base64; one that is gone is left out."""
    found = {}
    for position, stored in held[part].items():
        if Path(stored.file).exists():
            image = context.cache.files.read(stored.file)
            found[position] = b64encode(image).decode("ascii")
    return found


def _captures(row: BilledSegment, held: Held) -> list[views.Object]:
    """Return the captures of *row* as the diary shows them, with where they stand in a part."""
    shown = []
    for picture in row.segment.pictures:
        capture = picture.capture
        place = next(
            (
                (position, stored)
                for position, stored in held.get(picture.part, {}).items()
                if (stored.capture.role, stored.capture.monitor) == (capture.role, capture.monitor)
            ),
            (None, None),
        )
        view = views.capture(picture, place[1])
        del view["file"], view["thumbnail"]  # where they lie here is nobody else's business
        shown.append({**view, "part": picture.part, "position": place[0]})
    return shown


# --- What happened ------------------------------------------------------------------------


def _history(context: AppContext, row: BilledSegment) -> list[views.Object]:
    found = [context.cache.amendment(name) for name in row.segment.history]
    return [_deed(amendment) for amendment in found if amendment is not None]


def _deed(amendment: Amendment) -> views.Object:
    """Return *amendment* without its targets, which may be of other contracts."""
    match amendment.change:
        case Describe(memo=memo, label=label) | Manual(memo=memo, label=label):
            words = {"memo": memo, "label": label}
        case _:
            words = {"memo": None, "label": None}
    return {
        "at": views.instant(amendment.stamp.instant),
        "author": amendment.author,
        "kind": views.kind_of(amendment.change),
        **words,
    }


def _services(context: AppContext, contract: Contract) -> list[Json]:
    """Return the key of the service of *contract*, where this device is logged in to it."""
    from worklog.cli.syncing import logins_of

    login = logins_of(context).find(contract.service) if contract.service else None
    return [] if login is None else [{"address": login.service, "key": login.key.hex()}]
