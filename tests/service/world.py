"""A small world with everybody in it who might ask: for the matrix of routes and roles.

Ann works for Acme and Ben for Zeta, each with a device, a part and a picture. Olga owns
Acme and Max is a member; Zoe owns Zeta. Oscar runs the service. None of Zeta's people has
anything to do with Ann, nor Oscar with either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import httpx
from sqlalchemy import insert, update

from tests.service.people import Somebody, session_of, somebody
from tests.service.tracker import Account, Tracker, account, png
from tests.support.cache_values import NINE
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, PartId
from worklog.service.scope import SYSTEM, Permit
from worklog.service.service import Service
from worklog.service.store import accounts, links, requests
from worklog.service.store import tables as t
from worklog.service.store.accounts import token_hash
from worklog.service.store.links import Purpose
from worklog.service.web.visiting import cookie_name

ACME: Final = Contract(
    ContractId("01932b00-0000-7000-8000-00000000ac3e"), "acme", labels=("dev", "ops")
)
ZETA: Final = Contract(ContractId("01932b00-0000-7000-8000-0000000002e7"), "zeta")
# Words of Ann's that nobody of Zeta may ever see.
SECRETS: Final = ("canary-memo-7f3a", "canary-title-91bd", "ann.desk-55c1", "canary-client-02e9")


class Role(StrEnum):
    """Everybody who might ask for something of Ann's."""

    NOBODY = "nobody"
    FREELANCER = "the freelancer"
    OTHER_FREELANCER = "another freelancer"
    MEMBER = "a member of the client"
    OWNER = "an owner of the client"
    OTHER_OWNER = "an owner of another client"
    OPERATOR = "the operator"
    DEVICE = "the freelancer's device"
    OTHER_DEVICE = "another freelancer's device"
    REVOKED_DEVICE = "a device that was revoked"
    READING_TOKEN = "a token that may only read"
    SENDING_TOKEN = "a token that may only send"


BROWSERS: Final = frozenset(
    {
        Role.FREELANCER,
        Role.OTHER_FREELANCER,
        Role.MEMBER,
        Role.OWNER,
        Role.OTHER_OWNER,
        Role.OPERATOR,
    }
)


@dataclass
class World:
    """What there is, and how each role asks.

    Attributes:
        service: It all lies in.
        web: Client without any credentials.
        ann: The account whose things are asked for.
        ben: Somebody else's.
        part: A part of Ann's with one picture.
        names: What stands for the placeholders of addresses.
        cookies: Session of the roles that use a browser.
        tokens: Token of the roles that are devices.
    """

    service: Service
    web: httpx.Client
    ann: Account
    ben: Account
    part: PartId
    names: dict[str, str]
    people: dict[Role, Somebody] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)

    def ask(
        self,
        role: Role,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        media_type: str = "application/json",
        form: Mapping[str, str | list[str]] | None = None,
    ) -> httpx.Response:
        """Return the answer to *role*; a redirect is not followed."""
        origin = str(self.web.base_url).rstrip("/")
        headers = {"Origin": origin, "Accept": "text/html, application/json"}
        if role in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        if role in self.people:
            session = self.people[role].session
            headers["Cookie"] = f"{cookie_name(self.service.settings)}={session}"
        if form is not None:
            return self.web.request(method, path, data=dict(form), headers=headers)
        if content is not None:
            headers["Content-Type"] = media_type
        return self.web.request(method, path, content=content, headers=headers)


def is_refused(answer: httpx.Response) -> bool:
    """Return whether *answer* says no to whoever asked, and not to what was asked."""
    if answer.status_code == 303:
        return answer.headers["Location"].startswith("/login")
    return answer.status_code in {401, 403, 404}


def make_world(service: Service, web: httpx.Client) -> World:
    ann = account(service, "ann", replace(ACME, client=SECRETS[3]))
    ben = account(service, "ben", ZETA)
    people = {
        Role.FREELANCER: session_of(service, ann.user, "ann"),
        Role.OTHER_FREELANCER: session_of(service, ben.user, "ben"),
        Role.MEMBER: somebody(service, "max"),
        Role.OWNER: somebody(service, "olga"),
        Role.OTHER_OWNER: somebody(service, "zoe"),
        Role.OPERATOR: somebody(service, "oscar", is_operator=True),
    }
    tokens = {Role.DEVICE: ann.token, Role.OTHER_DEVICE: ben.token}
    with service.store.writing(SYSTEM) as scope:
        accounts.add_member(scope, ann.organisation, people[Role.OWNER].user, role=accounts.OWNER)
        accounts.add_member(scope, ann.organisation, people[Role.MEMBER].user)
        accounts.add_member(
            scope, ben.organisation, people[Role.OTHER_OWNER].user, role=accounts.OWNER
        )
        for role, permit in (
            (Role.READING_TOKEN, Permit.READ),
            (Role.SENDING_TOKEN, Permit.INGEST),
        ):
            tokens[role] = accounts.grant_token(scope, ann.user, {permit}, device=ann.device)
        tokens[Role.REVOKED_DEVICE] = accounts.grant_token(scope, ann.user, set(Permit))
        accounts.revoke_token(scope, tokens[Role.REVOKED_DEVICE])
        scope.db.execute(
            update(t.devices)
            .where(t.devices.c.user_id == ann.user)
            .values(name=SECRETS[2], host=SECRETS[2])
        )
        request = requests.put_request(scope, ann.user, ann.contract, "calls with the client")
    nina = somebody(service, "nina")
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(
            insert(t.partners).values(
                organisation_id=ann.organisation, user_id=nina.user, since_ms=scope.at_ms
            )
        )
    part = _recorded(Tracker(ann, web), memo=SECRETS[0], title=SECRETS[1])
    _recorded(Tracker(ben, web), memo="writing", title="main.py")
    names = {
        "part": part,
        "position": "0",
        "slot": str(Slot.containing(NINE).index),
        "contract": str(ann.contract),
        "organisation": ann.organisation,
        "week": "2026-W46",  # the one that has ended
        "request_id": request,
        "user": ann.user,
        "device": str(ann.device),
        "member": people[Role.MEMBER].user,
        "partner": nina.user,
        "link": _invitation(service, Purpose.MEMBER, ann.organisation),
        "operator_link": _invitation(service, Purpose.OPERATOR, None),
    }
    return World(service, web, ann, ben, part, names, people, tokens)


def _invitation(service: Service, purpose: Purpose, organisation: str | None) -> str:
    with service.store.writing(SYSTEM) as scope:
        return token_hash(links.make_link(scope, purpose, organisation=organisation))


def _recorded(tracker: Tracker, *, memo: str, title: str) -> PartId:
    picture = png()
    part = replace(tracker.part(NINE, memo=memo, pictures=(picture,)), title=title)
    assert tracker.put(tracker.seal(part)).status_code == 201
    assert tracker.put_picture(part, 0, picture).status_code == 201
    return part.part_id
