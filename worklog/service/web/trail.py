"""The audit trail in plain words: one table of verbs, and what their details say.

Every verb that the service records has its words here; a record of a newer worklog, whose
verb is not known, still shows who and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from itertools import groupby
from typing import Final

from worklog.domain.canonical import Json
from worklog.domain.contract import Terms
from worklog.domain.grid import from_epoch_ms
from worklog.domain.wording import clock, count
from worklog.service.store.agreements import Agreement
from worklog.service.store.audit import Entry
from worklog.service.store.people import Person
from worklog.service.terms_form import name_of
from worklog.service.weeks import name_of as name_of_week

# What somebody did: it follows their name, or "You".
WORDS: Final[Mapping[str, str]] = {
    "account-changed": "changed name, mail or time zone of the account",
    "account-closed": "closed the account",
    "account-erased": "erased the account and all that was recorded with it",
    "account-made": "made the account",
    "account-opened": "opened the account again",
    "contract-changed": "changed the contract",
    "contract-ended": "ended the contract",
    "contract-offered": "offered the contract",
    "device-logged-in": "let a device in",
    "device-refused": "refused a device",
    "device-revoked": "revoked a device",
    "diary-accept": "accepted late time",
    "diary-choose": "chose which contract bills shared time",
    "diary-delete": "removed time",
    "diary-describe": "changed memo or label",
    "diary-dropsnapshot": "removed a picture",
    "diary-idle": "said what idle time was",
    "diary-manual": "added time by hand",
    "diary-move": "moved time to or from the contract",
    "diary-redact": "redacted pictures",
    "diary-revoke": "took a change back",
    "diary-unknown": "made a change that only a newer worklog has words for",
    "dispute-answered": "answered a dispute",
    "dispute-open": "disputed time",
    "dispute-settled": "settled a dispute",
    "dispute-upheld": "let a dispute stand",
    "dispute-withdrawn": "withdrew a dispute",
    "freelancer-removed": "took a freelancer off the list",
    "invitation-revoked": "revoked an invitation",
    "invited": "invited somebody",
    "joined": "joined by an invitation",
    "logged-in": "logged in",
    "member-removed": "removed a member",
    "organisation-changed": "changed the organisation",
    "organisation-made": "made the organisation",
    "password-changed": "changed the password",
    "password-renewed": "chose a new password by a link",
    "report-closed": "closed a report of a problem",
    "report-reopened": "opened a report of a problem again",
    "request-declined": "declined the request for time by hand",
    "request-made": "asked to add time by hand",
    "reset-asked-for": "asked for a letter with a link to set a new password",
    "reset-link-made": "made a link to set a new password",
    "role-changed": "changed the role of a member",
    "sessions-ended": "ended other sessions",
    "week-reopened": "opened a locked week again",
    "week-submitted": "submitted the week, which locks it",
}
_UNKNOWN: Final = "did something that this version of the service has no words for"
# What stands before a detail that is a name of its own.
_TEXTS: Final[Mapping[str, str]] = {
    "as": "as ",
    "role": "now ",
    "name": "",
    "host": "on ",
    "address": "from ",
}
_OF_DIARY: Final = "diary-"
_OF_WEEK: Final = "week-"


@dataclass(frozen=True, slots=True)
class Deed:
    """One record as it is shown.

    Attributes:
        clock: The time of day.
        who: Name; `You` for whoever looks.
        words: What they did.
        facts: Details, each in a few words.
        about: What it was done to: the contract or organisation; may be empty.
        address: Of what it was done to; may be empty.
    """

    clock: str
    who: str
    words: str
    facts: tuple[str, ...]
    about: str
    address: str


@dataclass(frozen=True, slots=True)
class Day:
    """The records of one day.

    Attributes:
        day: Which.
        deeds: Newest first.
    """

    day: date
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in a trail are found with.

    Attributes:
        person: Who looks.
        agreements: Contracts by id.
        names: What others see of accounts, by id.
    """

    person: Person
    agreements: Mapping[str, Agreement]
    names: Mapping[str, str]


def days_of(found: list[Entry], known: Known, zone: tzinfo) -> tuple[Day, ...]:
    """Return *found* by days of *zone*, in its order."""
    return tuple(
        Day(day, tuple(_deed(entry, known, zone) for entry in entries))
        for day, entries in groupby(found, key=lambda entry: entry.at.astimezone(zone).date())
    )


def _deed(entry: Entry, known: Known, zone: tzinfo) -> Deed:
    agreement = known.agreements.get(entry.concern.contract or "")
    about, address = _about(entry, known, agreement)
    is_own = entry.actor_id == known.person.user
    return Deed(
        clock=clock(entry.at, zone),
        who="You" if is_own else known.names.get(entry.actor_id, entry.actor) or "The service",
        words=WORDS.get(entry.verb, _UNKNOWN),
        facts=facts_of(entry.details, agreement),
        about=about,
        address=address,
    )


def _about(entry: Entry, known: Known, agreement: Agreement | None) -> tuple[str, str]:
    """Return what *entry* is about, and the page of it."""
    person = known.person
    if agreement is None:
        organisations = {one.organisation: one.name for one in person.memberships}
        whom = entry.concern.user
        others = known.names.get(whom or "", "") if whom != person.user else ""
        names = (organisations.get(entry.concern.organisation or "", ""), others)
        return " · ".join(name for name in names if name), ""
    contract = agreement.contract
    is_own = agreement.freelancer == person.user
    name = contract.name if is_own else f"{contract.name} · {agreement.freelancer_name}"
    week = entry.details.get("week")
    if entry.verb.startswith(_OF_WEEK) and isinstance(week, int):
        which = name_of_week(contract.week_at(from_epoch_ms(week)))
        return name, f"/timesheet?week={which}"
    place = "diary" if entry.verb.startswith(_OF_DIARY) else "contracts"
    return name, f"/{place}/{contract.contract_id}"


def facts_of(details: Mapping[str, Json], agreement: Agreement | None) -> tuple[str, ...]:
    """Return what *details* say, each in a few words; what nobody reads is left out."""
    found = []
    week = details.get("week")
    if isinstance(week, int) and agreement is not None:
        found.append(name_of_week(agreement.contract.week_at(from_epoch_ms(week))))
    segments = details.get("segments")
    if isinstance(segments, int):
        found.append(count(segments, "segment"))
    fields = details.get("fields")
    if isinstance(fields, list | tuple):
        names = [name_of(one) for one in map(str, fields) if one in Terms.__dataclass_fields__]
        found.extend(dict.fromkeys(name.lower() for name in names))
    for name, words in _TEXTS.items():
        value = details.get(name)
        if isinstance(value, str) and value:
            found.append(f"{words}{value}")
    return tuple(found)
