"""Past weeks under other terms: what they would have come to, and what would be missing.

Both sides are billed anew from the same segments, frozen bills left aside: so equal terms
change nothing, and what differs comes from the terms alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from worklog.domain.amendment import Key
from worklog.domain.billing import bill, is_unproven
from worklog.domain.contract import Contract, TermsChanges, Week
from worklog.domain.grouping import Totals
from worklog.domain.ids import ContractId
from worklog.domain.segment import Bill, BilledSegment, Segment
from worklog.domain.timesheet import totals


@dataclass(frozen=True, slots=True)
class RehearsedWeek:
    """One billing week of one contract, twice.

    Attributes:
        week: Which.
        before: Under the terms as they were.
        after: Under the proposed ones.
        unproven: Segments that would lack proof, as a picture, and do not lack it now.
        by_hand: Segments of time by hand that would not have been allowed, and are.
    """

    week: Week
    before: Totals
    after: Totals
    unproven: tuple[Key, ...]
    by_hand: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Weeks of one contract, twice.

    Attributes:
        before: All of them under the terms as they were.
        after: Under the proposed ones.
        weeks: Each, in order.
    """

    before: Totals
    after: Totals
    weeks: tuple[RehearsedWeek, ...]


def proposed(contract: Contract, changes: TermsChanges) -> Contract:
    """Return *contract* as if *changes* had held from its beginning on.

    Dated terms stay dated; a policy keeps the versions that parts were recorded under.
    """
    policy = changes.get("policy")
    others = {name: value for name, value in changes.items() if name != "policy"}

    def changed(version: int) -> dict[str, object]:
        return others if policy is None else {**others, "policy": replace(policy, version=version)}

    return replace(
        contract,
        terms=tuple(
            replace(terms, **changed(terms.policy.version))  # type: ignore[arg-type]  # its fields
            for terms in contract.terms
        ),
    )


def rehearse(
    segments: Iterable[Segment],
    contracts: Mapping[ContractId, Contract],
    proposal: Contract,
) -> Rehearsal:
    """Return the weeks of the contract of *proposal* in which it has anything, in order.

    Args:
        segments: All of those weeks, of every contract: the contest of a slot decides anew.
        contracts: As they are.
        proposal: One of them under other terms.
    """
    given = [segment for segment in segments if not segment.is_deleted]
    name = proposal.contract_id
    present = contracts[name]
    old, new = bill(given, contracts), bill(given, {**contracts, name: proposal})
    own = [segment for segment in given if segment.key.contract == name]
    weeks: dict[Week, list[Segment]] = {}
    for segment in own:
        weeks.setdefault(present.week_at(segment.key.slot.start), []).append(segment)
    return Rehearsal(
        before=_totals(own, old),
        after=_totals(own, new),
        weeks=tuple(
            RehearsedWeek(
                week,
                before=_totals(found, old),
                after=_totals(found, new),
                unproven=_keys(
                    each
                    for each in found
                    if is_unproven(each, proposal) and not is_unproven(each, present)
                ),
                by_hand=_keys(
                    each
                    for each in found
                    if each.manual and _allows(present, each) and not _allows(proposal, each)
                ),
            )
            for week, found in sorted(weeks.items(), key=lambda item: item[0].start)
        ),
    )


def _totals(segments: Iterable[Segment], bills: Mapping[Key, Bill]) -> Totals:
    return totals(BilledSegment(segment, bills[segment.key]) for segment in segments)


def _allows(contract: Contract, segment: Segment) -> bool:
    return contract.terms_at(segment.key.slot.start).manual_time


def _keys(segments: Iterable[Segment]) -> tuple[Key, ...]:
    return tuple(segment.key for segment in segments)
