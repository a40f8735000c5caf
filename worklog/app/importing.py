"""Taking time of other trackers in: first the plan, then one transaction (or nothing)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from worklog.app.editing import FREELANCER
from worklog.app.ports import Cache, Chance, Clock
from worklog.domain.amendment import Amendment, Revoke
from worklog.domain.contract import Contract, local_terms
from worklog.domain.ids import ENTROPY_BYTES, AmendmentId, ContractId, uuid7
from worklog.domain.importing import Plan, find_contract, make_plan, project_name
from worklog.domain.segment import Segment
from worklog.domain.time_entry import TimeEntry
from worklog.errors import UsageError

Present = Callable[[datetime, datetime], Iterable[Segment]]


@dataclass(frozen=True, slots=True)
class Wishes:
    """Whom the entries of an import are for.

    Attributes:
        contract: All of them; None where their projects say so.
        projects: Names of contracts by project; that of entries without a project under
            the empty name.
    """

    contract: str | None = None
    projects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Import:
    """An import that was planned.

    Attributes:
        plan: What comes in and what does not.
        contracts: Those concerned, by id.
        made: Those that the import makes.
    """

    plan: Plan
    contracts: Mapping[ContractId, Contract]
    made: tuple[Contract, ...]


@dataclass(frozen=True, slots=True)
class Importing:
    """The use case behind ``worklog import``."""

    cache: Cache
    clock: Clock
    chance: Chance

    def plan(
        self, entries: Sequence[TimeEntry], wishes: Wishes, zone: tzinfo, present: Present
    ) -> Import:
        """Return what an import of *entries* would do; nothing is written.

        Args:
            entries: As a reader gave them.
            wishes: Whom they are for.
            zone: In which the weeks of contracts begin that the import makes.
            present: Gives the segments of a time.

        Raises:
            UsageError: entries have no project and no contract was named for them.
        """
        now = self.clock.now()
        book = _Contracts(self.cache.contracts(), wishes, lambda name: self._new(name, zone, now))
        placed = [book.place(entry) for entry in entries]
        revoked, known = self._amendments()

        def standing(amendment: AmendmentId) -> bool | None:
            if amendment in revoked:
                return False
            return True if amendment in known else None

        here: Iterable[Segment] = ()
        if placed:
            first = min(entry.start for entry, _ in placed)
            last = max(entry.end for entry, _ in placed)
            here = present(first, last) if first < last else ()
        contract_of = dict(placed)
        plan = make_plan(contract_of, contract_of.__getitem__, here, standing, now)
        used = {addition.change.contract for addition in plan.additions}
        return Import(
            plan,
            {contract.contract_id: contract for contract in contract_of.values()},
            tuple(contract for contract in book.made if contract.contract_id in used),
        )

    def carry_out(self, planned: Import) -> list[Amendment]:
        """Write what *planned* says: all of it, or nothing; one `undo` takes it back."""
        now = self.clock.now()
        amendments = [
            Amendment(
                amendment_id=addition.amendment,
                stamp=self.cache.stamp(now),
                author=FREELANCER,
                device=self.cache.device,
                change=addition.change,
            )
            for addition in planned.plan.additions
        ]
        with self.cache.together():
            for contract in planned.made:
                self.cache.save_contract(contract, at=now)
            for amendment in amendments:
                self.cache.amend(amendment)
        return amendments

    def _amendments(self) -> tuple[set[AmendmentId], set[AmendmentId]]:
        """Return the ids of amendments that were revoked, and of all."""
        history = self.cache.amendments()
        revoked = {
            target
            for amendment in history
            if isinstance(amendment.change, Revoke)
            for target in amendment.change.amendments
        }
        return revoked, {amendment.amendment_id for amendment in history}

    def _new(self, name: str, zone: tzinfo, now: datetime) -> Contract:
        return Contract(
            contract_id=ContractId(uuid7(now, self.chance.token(ENTROPY_BYTES))),
            name=name,
            terms=(local_terms(zone, now),),
        )


class _Contracts:
    """Finds the contract of an entry, and makes those that are missing."""

    def __init__(
        self, known: Sequence[Contract], wishes: Wishes, new: Callable[[str], Contract]
    ) -> None:
        self._known = list(known)
        self._wishes = wishes
        self._new = new
        self._found: dict[str, tuple[Contract, str]] = {}
        self.made: list[Contract] = []

    def place(self, entry: TimeEntry) -> tuple[TimeEntry, Contract]:
        """Return *entry*, with the label that its project names, and its contract."""
        project = entry.project
        if project not in self._found:
            self._found[project] = self._find(entry)
        contract, label = self._found[project]
        return (replace(entry, tags=(label, *entry.tags)) if label else entry), contract

    def _find(self, entry: TimeEntry) -> tuple[Contract, str]:
        if self._wishes.contract is not None:
            name, label = self._wishes.contract, ""
        else:
            name, label = find_contract(entry.project, self._known, self._wishes.projects)
        if not project_name(name):
            msg = f"The entry of {entry.start:%Y-%m-%d %H:%M} UTC has no project."
            raise UsageError(msg, hint="Say whom such entries are for: --map =CONTRACT.")
        for contract in self._known:
            if contract.name.casefold() == name.casefold():
                return contract, label
        made = replace(self._new(project_name(name)), client=project_name(entry.client))
        self._known.append(made)
        self.made.append(made)
        return made, label
