"""The feed of changes, from the service to the tracker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from worklog.domain.canonical import Json, canonical, parse_json
from worklog.domain.contract import Contract
from worklog.domain.ids import PartId
from worklog.wire.contract import decode_contract, encode_contract
from worklog.wire.reader import Reader
from worklog.wire.sync.messages import read_natural, read_word


@dataclass(frozen=True, slots=True)
class ContractChange:
    """A contract of the account, with terms and labels as they are now.

    Its `service` is empty: the tracker fills in the address that it knows the service by.

    Attributes:
        contract: As it is now.
        is_member: Whether the account still works on it; a contract that ended stays.
    """

    contract: Contract
    is_member: bool = True


@dataclass(frozen=True, slots=True)
class AmendmentChange:
    """An amendment that another device, or the client, wrote: its text as it came."""

    text: str


class Erased(StrEnum):
    """What was erased of a part."""

    ALL = "all"  # everything but the header
    PICTURES = "pictures"
    SNAPSHOTS = "snapshots"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class ErasureChange:
    """The service erased something without an amendment: retention, or an account's end.

    It tells what is gone there; what the tracker keeps is the freelancer's own affair.
    """

    part: PartId
    what: Erased


@dataclass(frozen=True, slots=True)
class UnknownChange:
    """A kind of a later version: passed over."""

    kind: str


Change = ContractChange | AmendmentChange | ErasureChange | UnknownChange


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of the feed.

    Attributes:
        epoch: Of the service's database; another one than before means that sequence
            numbers start anew: begin at 0 and compare digests.
        next: Pass it as `after` the next time.
        has_more: Whether there is more right now.
        items: In the order of their sequence.
    """

    epoch: str
    next: int
    has_more: bool = False
    items: tuple[Change, ...] = ()


def encode_change(change: Change) -> dict[str, Json]:
    """Return *change* as it is kept and sent.

    Raises:
        ValueError: it is of an unknown kind.
    """
    match change:
        case ContractChange(contract, is_member):
            content = parse_json(encode_contract(contract))
            return {"kind": "contract", "contract": content, "member": is_member}
        case AmendmentChange(text):
            return {"kind": "amendment", "amendment": text}
        case ErasureChange(part, what):
            return {"kind": "erasure", "part": part, "what": what.value}
        case UnknownChange(kind):
            msg = f"nothing is known of {kind!r}"
            raise ValueError(msg)
    assert_never(change)


def decode_change(reader: Reader) -> Change:
    """Return one item of the feed.

    Raises:
        MalformedError: it is of a known kind and not what that should be.
    """
    kind = reader.text("kind")
    match kind:
        case "contract":
            value = reader.object("contract")
            text = canonical({name: value.value(name) for name in value.names()}).decode()
            return ContractChange(decode_contract(text), reader.boolean("member", default=True))
        case "amendment":
            return AmendmentChange(reader.text("amendment"))
        case "erasure":
            return ErasureChange(
                PartId(reader.text("part")), Erased(read_word(reader, "what", Erased))
            )
        case _:
            return UnknownChange(kind)


def encode_changes(
    *, epoch: str, following: int, has_more: bool, items: Iterable[Json]
) -> dict[str, Json]:
    """Return a page of the feed from items that are encoded already."""
    return {"epoch": epoch, "next": following, "more": has_more, "items": list(items)}


def decode_changes(reader: Reader) -> ChangesPage:
    """Return the page of an answer.

    Raises:
        MalformedError: it is none.
    """
    return ChangesPage(
        epoch=reader.text("epoch"),
        next=read_natural(reader, "next"),
        has_more=reader.boolean("more"),
        items=tuple(decode_change(item) for item in reader.objects("items")),
    )
