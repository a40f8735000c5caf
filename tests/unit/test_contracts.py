"""Adding, changing, archiving contracts of one's own (R16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.support.fake_cache import InMemoryCache
from tests.support.fakes import FakeChance, FakeClock, utc
from worklog.app.contracts import Contracts, Particulars
from worklog.app.tracking import LAST_CONTRACT
from worklog.domain.contract import Contract, Terms
from worklog.domain.ids import ContractId, SessionId
from worklog.domain.session import Session
from worklog.errors import ConflictError, PolicyError, UsageError

NOW = utc("2026-11-19 10:00")
BERLIN = ZoneInfo("Europe/Berlin")
ACME = Contract(ContractId("c-acme"), "acme", labels=("dev",))


def use_cases(*contracts: Contract) -> Contracts:
    return Contracts(InMemoryCache(*contracts), FakeClock(NOW), FakeChance())


def test_a_new_contract_has_its_terms_from_the_beginning() -> None:
    contracts = use_cases()

    made = contracts.add(
        Particulars("acme", client="Acme Ltd", title="Site", labels=("dev", "docs")),
        BERLIN,
        rate=Decimal(80),
        currency="EUR",
    )

    assert contracts.cache.contracts() == [made]
    assert (made.name, made.client, made.title) == ("acme", "Acme Ltd", "Site")
    assert made.labels == ("dev", "docs")
    (terms,) = made.terms
    assert (terms.rate, terms.currency) == (Decimal(80), "EUR")
    # Monday midnight in Berlin is Sunday 23:00 in UTC.
    assert (terms.week_start, terms.week_hour, terms.since) == (6, 23, Terms().since)


@pytest.mark.parametrize("name", [None, ""])
def test_a_contract_without_a_name_is_refused(name: str | None) -> None:
    with pytest.raises(UsageError, match="needs a name"):
        use_cases().add(Particulars(name), UTC)


def test_a_name_is_taken_whatever_its_case() -> None:
    contracts = use_cases(ACME)

    with pytest.raises(ConflictError, match="called 'acme' already"):
        contracts.add(Particulars("ACME"), UTC)
    assert contracts.cache.contracts() == [ACME]


def test_edit_changes_what_is_given_and_leaves_the_rest() -> None:
    contracts = use_cases(ACME)

    changed = contracts.edit(ACME, Particulars(client="Acme Ltd", labels=()), memo_required=True)

    assert changed.name == "acme"
    assert (changed.client, changed.labels) == ("Acme Ltd", ())
    assert changed.terms_at(NOW).memo_required
    assert not changed.terms_at(NOW - timedelta(hours=1)).memo_required
    assert contracts.cache.contracts() == [changed]


def test_a_contract_may_take_another_case_of_its_own_name_but_no_others() -> None:
    globex = Contract(ContractId("c-globex"), "globex")
    contracts = use_cases(ACME, globex)

    assert contracts.edit(ACME, Particulars("Acme")).name == "Acme"
    with pytest.raises(ConflictError):
        contracts.edit(globex, Particulars("aCME"))


def test_a_contract_of_a_service_changes_there() -> None:
    remote = replace(ACME, service="https://diary.example")

    with pytest.raises(PolicyError, match=r"belongs to https://diary\.example"):
        use_cases(remote).edit(remote, Particulars("other"))


def test_use_makes_it_the_default() -> None:
    contracts = use_cases(ACME)

    contracts.use(ACME)

    assert contracts.cache.remembered(LAST_CONTRACT) == "c-acme"


def test_archive_leaves_it_out_and_brings_it_back() -> None:
    contracts = use_cases(ACME)

    archived = contracts.archive(ACME, is_archived=True)
    assert contracts.cache.contracts() == [archived]
    assert archived.is_archived

    assert contracts.archive(archived, is_archived=False) == ACME


def test_a_contract_that_is_tracked_is_not_archived() -> None:
    contracts = use_cases(ACME, Contract(ContractId("c-2"), "zeta"))
    contracts.cache.save_session(Session(SessionId("s"), ACME.contract_id, NOW))

    with pytest.raises(ConflictError, match="being tracked"):
        contracts.archive(ACME, is_archived=True)
    assert contracts.archive(contracts.cache.contracts()[1], is_archived=True).is_archived
    assert not contracts.archive(ACME, is_archived=False).is_archived
