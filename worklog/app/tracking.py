"""Starting, and steering a tracker that runs in another process.

The mailbox is the only way to it: a request is a row, and these use cases wait for the
effect where the caller must know that it has happened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from worklog.app.editing import check_label
from worklog.app.ports import Cache, Chance, Clock, Mailbox, TrackerLock
from worklog.domain.contract import Contract, local_terms
from worklog.domain.ids import ENTROPY_BYTES, ContractId, SessionId, uuid7
from worklog.domain.session import Session
from worklog.domain.text import nearest
from worklog.errors import (
    CacheBusyError,
    ConflictError,
    NotFoundError,
    NotTrackingError,
    UsageError,
)

FIRST_CONTRACT: Final = "work"
POLL_S: Final = 0.05
# What a healthy tracker needs at most: a tick, the picture of a stop, the seal (F72).
PATIENCE: Final = timedelta(seconds=5)
LAST_CONTRACT: Final = "last-contract"


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Plan:
    """What a session is to begin with.

    Attributes:
        contract: Whom the time belongs to.
        memo: May be empty.
        label: May be empty.
        is_first: The contract was made just now, because there was none.
    """

    contract: Contract
    memo: str = ""
    label: str = ""
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Tracking:
    """The use cases behind start, stop, pause, resume, switch, memo and label.

    Attributes:
        patience: How long the tracker may take to answer.
    """

    cache: Cache
    mailbox: Mailbox
    lock: TrackerLock
    clock: Clock
    chance: Chance
    patience: timedelta = PATIENCE

    # --- Contracts --------------------------------------------------------------------

    def contract(self, name: str) -> Contract:
        """Return the contract called *name*; case and unfinished names do where they are clear.

        Raises:
            NotFoundError: there is none, naming the nearest.
        """
        contracts = [contract for contract in self.cache.contracts() if not contract.is_archived]
        if exact := [contract for contract in contracts if contract.name == name]:
            return exact[0]
        folded = name.casefold()
        alike = [contract for contract in contracts if contract.name.casefold() == folded]
        if folded:  # nothing at all is no beginning: a script's variable was not set
            alike = alike or [c for c in contracts if c.name.casefold().startswith(folded)]
        if len(alike) == 1:
            return alike[0]
        names = [contract.name for contract in contracts]
        near = nearest(name, names) or names[:5]
        hint = (
            f"Did you mean {' or '.join(near)}?" if near else "worklog contract add NAME adds one."
        )
        msg = f"There is no contract called {name!r}."
        raise NotFoundError(msg, hint=hint)

    def by_id(self, contract_id: str) -> Contract | None:
        """Return the contract with that id; None if it is gone."""
        return next((c for c in self.cache.contracts() if c.contract_id == contract_id), None)

    def default_contract(self) -> Contract | None:
        """Return the contract used last, else the only one; None where a choice is needed."""
        contracts = [contract for contract in self.cache.contracts() if not contract.is_archived]
        last = self.cache.remembered(LAST_CONTRACT)
        for contract in contracts:
            if contract.contract_id == last:
                return contract
        return contracts[0] if len(contracts) == 1 else None

    def first_contract(self, zone: tzinfo) -> Contract:
        """Make the contract that a new user in *zone* starts with, and return it."""
        now = self.clock.now()
        contract = Contract(
            ContractId(uuid7(now, self.chance.token(ENTROPY_BYTES))),
            FIRST_CONTRACT,
            terms=(local_terms(zone, now),),
        )
        try:
            self.cache.save_contract(contract, at=now)
        except ConflictError:  # another process was first (F08)
            return self.contract(FIRST_CONTRACT)
        return contract

    # --- Starting ---------------------------------------------------------------------

    def session(self, plan: Plan, *, pid: int, boot: str) -> Session:
        """Return the session that *plan* begins now; nothing is kept yet but the choice."""
        now = self.clock.now()
        if self.cache.remembered(LAST_CONTRACT) != plan.contract.contract_id:
            self.cache.remember(LAST_CONTRACT, plan.contract.contract_id)
        return Session(
            session_id=SessionId(uuid7(now, self.chance.token(ENTROPY_BYTES))),
            contract=plan.contract.contract_id,
            started=now,
            memo=plan.memo,
            label=plan.label,
            pid=pid,
            boot=boot,
        )

    def missing(self, plan: Plan) -> list[str]:
        """Return what *plan*'s contract requires and *plan* lacks: `memo`, `label` (R12).

        Raises:
            NotFoundError: the label is not one of the contract's.
        """
        if plan.label:
            check_label(plan.contract, plan.label)
        terms = plan.contract.terms_at(self.clock.now())
        lacks = [
            ("memo", terms.memo_required, plan.memo),
            ("label", terms.label_required, plan.label),
        ]
        return [word for word, is_required, value in lacks if is_required and not value]

    def require(self, plan: Plan) -> None:
        """Refuse *plan* where it lacks what its contract requires.

        Raises:
            UsageError: naming the option and, for a label, the choices.
        """
        for word in self.missing(plan):
            msg = f"{plan.contract.name} requires a {word}."
            labels = ", ".join(plan.contract.labels) if word == "label" else ""
            offer = f" Choose from: {labels}." if labels else ""
            raise UsageError(msg, hint=f"Give it with --{word}.{offer}")

    # --- Steering ---------------------------------------------------------------------

    def running(self) -> Session:
        """Return the session that a living tracker runs.

        Raises:
            NotTrackingError: no tracker runs.
        """
        session = self.cache.running_session()
        if session is None or self.lock.holder() is None:
            msg = "No tracker is running."
            raise NotTrackingError(msg, hint='Start one: worklog start -m "what you do".')
        return session

    def post(self, command: str, argument: str = "") -> Session:
        """Ask the running tracker for something; return its session as it was.

        Raises:
            NotTrackingError: no tracker runs.
        """
        session = self.running()
        self.mailbox.post(command, argument, at=self.clock.now())
        return session

    def describe(self, *, memo: str | None = None, label: str | None = None) -> Session:
        """Set memo, label or both of the running session; return it as it will be.

        Raises:
            NotTrackingError: no tracker runs.
            NotFoundError: the contract has no such label.
        """
        session = self.running()
        contract = self.by_id(session.contract)
        if label and contract is not None:
            check_label(contract, label)
        if memo is not None:
            self.post("memo", memo)
            session = replace(session, memo=memo)
        if label is not None:
            self.post("label", label)
            session = replace(session, label=label)
        return session

    def switch(self, plan: Plan, *, takes_capture: bool = True) -> Session:
        """Let the running tracker go on with another contract; return the new session.

        Raises:
            NotTrackingError: no tracker runs.
            ConflictError: it tracks that contract already.
            CacheBusyError: the tracker did not answer in time.
        """
        before = self.running()
        if before.contract == plan.contract.contract_id:
            msg = f"{plan.contract.name} is being tracked already."
            raise ConflictError(msg, hint="`worklog memo TEXT` changes what you are doing.")
        self.require(plan)
        argument = f"{plan.contract.contract_id}\n{plan.memo}\n{plan.label}"
        argument += "" if takes_capture else "\nno-capture"
        self.mailbox.post("switch", argument, at=self.clock.now())
        self.cache.remember(LAST_CONTRACT, plan.contract.contract_id)
        return self._await(
            lambda session: (
                session is not None
                and session.session_id != before.session_id
                and session.contract == plan.contract.contract_id
            )
        )

    def stop(
        self,
        at: datetime | None = None,
        *,
        takes_capture: bool = True,
        while_waiting: Callable[[], None] = _nothing,
    ) -> Session:
        """Stop the running tracker and return its session once all of it is sealed.

        *while_waiting* is called again and again until then.

        With *at* in the future the session is returned at once, still running. The picture
        that is still to come is taken first, unless *takes_capture* is False (R3).

        Raises:
            NotTrackingError: no tracker runs.
            CacheBusyError: the tracker did not answer in time.
        """
        instant = "" if at is None else at.isoformat()
        session = self.post("stop", instant if takes_capture else f"{instant} no-capture")
        if at is not None and at > self.clock.now():
            return session

        def is_done(now: Session | None) -> bool:
            while_waiting()
            return now is None or now.session_id != session.session_id

        self._await(is_done)
        return self._ended(session)

    def _ended(self, session: Session) -> Session:
        found = self.cache.sessions(
            session.started - timedelta(seconds=1), self.clock.now() + timedelta(days=1)
        )
        same = [other for other in found if other.session_id == session.session_id]
        return same[0] if same else session

    def _await(self, is_done: Callable[[Session | None], bool]) -> Session:
        """Wait until the running session is as wanted; return the last one that was seen."""
        deadline = self.clock.boot_ns() + self.patience // timedelta(microseconds=1) * 1000
        nobody = threading.Event()
        while True:
            try:
                session = self.cache.running_session()
            except CacheBusyError:
                session, done = None, False
            else:
                done = is_done(session)
            if done:
                last = session or self.cache.last_session()
                if last is not None:
                    return last
            if self.clock.boot_ns() > deadline:
                msg = f"The tracker (pid {self.lock.holder()}) does not answer."
                raise CacheBusyError(
                    msg,
                    hint="Wait and try again, or end it with `worklog stop --force`: "
                    "what it recorded is kept.",
                )
            self.clock.wait(POLL_S, wake=nobody)

    def await_free_lock(self) -> None:
        """Wait until no tracker holds the lock, after one was killed.

        Raises:
            CacheBusyError: it still does after a while.
        """
        deadline = self.clock.boot_ns() + self.patience // timedelta(microseconds=1) * 1000
        nobody = threading.Event()
        while (pid := self.lock.holder()) is not None:
            if self.clock.boot_ns() > deadline:
                msg = f"The tracker (pid {pid}) cannot be ended."
                raise CacheBusyError(msg, hint="Ask the system why the process does not die.")
            self.clock.wait(POLL_S, wake=nobody)


def choices(contracts: Sequence[Contract]) -> str:
    """Return the names to choose from, for a prompt or an error."""
    return ", ".join(contract.name for contract in contracts if not contract.is_archived)
