"""The places that everybody can go to from every page, by who they are."""

from __future__ import annotations

from dataclasses import dataclass

from worklog.service.store.people import Person


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation.

    Attributes:
        name: What it is called.
        address: Where it is.
        is_here: Whether the page that is shown belongs to it.
    """

    name: str
    address: str
    is_here: bool


def places_of(path: str, person: Person | None) -> tuple[Place, ...]:
    """Return where *person* can go from the page at *path*; nowhere where nobody is in."""
    if person is None:
        return ()
    found = [("Diary", "/diary"), ("Timesheet", "/timesheet"), ("Contracts", "/contracts")]
    if person.is_client:
        found.append(("Review", "/review"))
    if person.is_freelancer:
        found.append(("Disputes", "/disputes"))
    found.append(("Activity", "/activity"))
    if person.is_owner or person.is_operator:
        found.append(("People", "/people"))
    return _marked(found, path)


def account_places_of(path: str, person: Person | None) -> tuple[Place, ...]:
    """Return the places about the account of *person*."""
    if person is None:
        return ()
    found = [("Devices", "/devices"), ("Settings", "/settings"), ("Feedback", "/feedback")]
    return _marked(found, path)


def _marked(found: list[tuple[str, str]], path: str) -> tuple[Place, ...]:
    return tuple(
        Place(name, address, path == address or path.startswith(f"{address}/"))
        for name, address in found
    )
