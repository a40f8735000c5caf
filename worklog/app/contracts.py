"""Adding and changing local contracts; a service's contracts change on the service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Unpack

from worklog.app.ports import Cache, Chance, Clock
from worklog.app.tracking import LAST_CONTRACT
from worklog.domain.contract import Contract, TermsChanges, local_terms, revised
from worklog.domain.ids import ENTROPY_BYTES, ContractId, uuid7
from worklog.errors import ConflictError, PolicyError, UsageError


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a contract is called and what for; None leaves it as it is."""

    name: str | None = None
    client: str | None = None
    title: str | None = None
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Contracts:
    """The use cases behind ``worklog contract``."""

    cache: Cache
    clock: Clock
    chance: Chance

    def add(
        self, particulars: Particulars, zone: tzinfo, **terms: Unpack[TermsChanges]
    ) -> Contract:
        """Make a local contract; its terms hold from the beginning.

        Raises:
            UsageError: it has no name.
            ConflictError: the name is taken.
        """
        now = self.clock.now()
        contract = Contract(
            contract_id=ContractId(uuid7(now, self.chance.token(ENTROPY_BYTES))),
            name=particulars.name or "",
            client=particulars.client or "",
            title=particulars.title or "",
            labels=particulars.labels or (),
            terms=(replace(local_terms(zone, now), **terms),),
        )
        self._check_name(contract)
        self.cache.save_contract(contract, at=now)
        return contract

    def edit(
        self, contract: Contract, particulars: Particulars, **terms: Unpack[TermsChanges]
    ) -> Contract:
        """Change *contract*; new terms hold from the date that R16 gives them.

        Raises:
            PolicyError: it belongs to a service.
            UsageError: it would have no name.
            ConflictError: the name is taken.
        """
        if not contract.is_local:
            msg = f"{contract.name} belongs to {contract.service}."
            raise PolicyError(msg, hint="Change it there; it comes back with the next sync.")
        wanted = {
            name: value
            for name in ("name", "client", "title", "labels")
            if (value := getattr(particulars, name)) is not None
        }
        now = self.clock.now()
        changed = revised(replace(contract, **wanted), now, **terms)
        self._check_name(changed)
        self.cache.save_contract(changed, at=now)
        return changed

    def use(self, contract: Contract) -> None:
        """Make *contract* the one that `start` takes without a name."""
        self.cache.remember(LAST_CONTRACT, contract.contract_id)

    def archive(self, contract: Contract, *, is_archived: bool) -> Contract:
        """Leave *contract* out of choices, or bring it back; nothing of it is lost.

        Raises:
            ConflictError: it is being tracked.
        """
        session = self.cache.running_session()
        if is_archived and session is not None and session.contract == contract.contract_id:
            msg = f"{contract.name} is being tracked."
            raise ConflictError(msg, hint="Stop or switch first.")
        changed = replace(contract, is_archived=is_archived)
        self.cache.save_contract(changed, at=self.clock.now())
        return changed

    def _check_name(self, contract: Contract) -> None:
        if not contract.name:
            msg = "A contract needs a name."
            raise UsageError(msg, hint="Give it one that is short and says who pays.")
        for other in self.cache.contracts():
            is_other = other.contract_id != contract.contract_id
            if is_other and other.name.casefold() == contract.name.casefold():
                msg = f"There is a contract called {other.name!r} already."
                raise ConflictError(msg, hint="Choose another name.")
