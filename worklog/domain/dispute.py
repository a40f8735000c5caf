"""Disputes: what a client doubts, what the freelancer says, and how it ends (R27).

The tool never decides. Each outcome is one party's own to declare: the client withdraws or,
once answered, settles; the freelancer lets it stand. Everything else stays payable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from worklog.domain.contract import Contract, Week
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.domain.lock import is_locked, locks_at
from worklog.errors import ConflictError, PolicyError


class State(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"  # the client has no doubt any more: it is payable
    UPHELD = "upheld"  # the freelancer lets it stand: it is not payable
    SETTLED = "settled"  # both agreed on something, which the outcome says


class Side(StrEnum):
    """Who moves."""

    CLIENT = "client"
    FREELANCER = "freelancer"


@dataclass(frozen=True, slots=True)
class Dispute:
    """One disputed segment.

    Attributes:
        dispute_id: Its identity.
        contract: Of the segment.
        slot: Of the segment.
        reason: In the client's words.
        opened: When.
        state: Where it stands.
        answer: In the freelancer's words.
        answered: When; None before.
        outcome: What was agreed, in words; may be empty.
        closed: When it ended; None before.
    """

    dispute_id: str
    contract: ContractId
    slot: Slot
    reason: str
    opened: datetime
    state: State = State.OPEN
    answer: str = ""
    answered: datetime | None = None
    outcome: str = ""
    closed: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self.state not in _GOING_ON


_GOING_ON: Final = frozenset({State.OPEN, State.ANSWERED})
_MOVES: Final[dict[Side, dict[State, frozenset[State]]]] = {
    Side.CLIENT: {
        State.OPEN: frozenset({State.WITHDRAWN}),
        State.ANSWERED: frozenset({State.WITHDRAWN, State.SETTLED}),
    },
    Side.FREELANCER: {
        State.OPEN: frozenset({State.ANSWERED, State.UPHELD}),
        State.ANSWERED: frozenset({State.ANSWERED, State.UPHELD}),
    },
}


def moves(dispute: Dispute, side: Side) -> frozenset[State]:
    """Return where *side* can take *dispute* from here."""
    return _MOVES[side].get(dispute.state, frozenset())


def moved(dispute: Dispute, side: Side, to: State, words: str, *, at: datetime) -> Dispute:
    """Return *dispute* after *side* took it to another state with *words*.

    Raises:
        ConflictError: it is closed, or this side cannot take it there from here.
        PolicyError: the other side only may.
    """
    if to not in moves(dispute, side):
        other = Side.CLIENT if side is Side.FREELANCER else Side.FREELANCER
        if to in moves(dispute, other):
            msg = f"Only the {other} may do that with a dispute."
            raise PolicyError(msg, hint="Ask them to do it.")
        msg = f"The dispute is {dispute.state}: it cannot become {to}."
        raise ConflictError(msg, hint="Look at where it stands now.")
    if to is State.ANSWERED:
        return replace(dispute, state=to, answer=words, answered=at)
    return replace(dispute, state=to, outcome=words, closed=at)


def may_dispute_until(contract: Contract, week: Week) -> datetime | None:
    """Return until when *week* may be disputed; None where it never locks."""
    lock = locks_at(contract, Slot.containing(week.start))
    return None if lock is None else lock + contract.price_of(week).dispute_period


def check_period(contract: Contract, week: Week, now: datetime) -> None:
    """Let a dispute about *week* pass while there is time for it.

    Raises:
        ConflictError: the week is open still.
        PolicyError: its time for disputes is over.
    """
    until = may_dispute_until(contract, week)
    if until is None or not is_locked(contract, Slot.containing(week.start), now):
        msg = "The week is open: it can still be changed."
        raise ConflictError(msg, hint="Dispute it once it is locked.")
    if now >= until:
        msg = f"The time to dispute this week ended on {until:%-d %B %Y at %H:%M} UTC."
        raise PolicyError(msg, hint="What is left of it is payable; talk to the freelancer.")
