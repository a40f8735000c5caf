"""People for tests of the pages: accounts with sessions, and a browser without a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

import httpx

from worklog.domain.contract import Contract
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import accounts, sessions
from worklog.service.store.feed import News
from worklog.service.web.visiting import cookie_name


@dataclass(frozen=True)
class Somebody:
    """An account with a session.

    Attributes:
        user: Its id.
        name: Its login name.
        session: Token of its session.
    """

    user: str
    name: str
    session: str


def somebody(service: Service, name: str, *, is_operator: bool = False) -> Somebody:
    with service.store.writing(SYSTEM) as scope:
        user = accounts.create_user(scope, name, is_operator=is_operator)
        session = sessions.begin_session(scope, user, agent="tests", address="192.0.2.1")
    return Somebody(user, name, session)


def session_of(service: Service, user: str, name: str) -> Somebody:
    """Return the account *user*, which is there already, with a session."""
    with service.store.writing(SYSTEM) as scope:
        session = sessions.begin_session(scope, user, agent="tests", address="192.0.2.1")
    return Somebody(user, name, session)


def organisation(
    service: Service,
    name: str,
    *,
    owners: Sequence[Somebody] = (),
    members: Sequence[Somebody] = (),
) -> str:
    with service.store.writing(SYSTEM) as scope:
        made = accounts.create_organisation(scope, name)
        for owner in owners:
            accounts.add_member(scope, made, owner.user, role=accounts.OWNER)
        for member in members:
            accounts.add_member(scope, made, member.user)
    return made


def agree(service: Service, contract: Contract, *, freelancer: Somebody, organisation: str) -> None:
    """Put *contract* between *freelancer* and *organisation*."""
    news = News()
    with service.store.writing(SYSTEM) as scope:
        accounts.create_contract(
            scope, contract, freelancer=freelancer.user, organisation=organisation, news=news
        )
        news.publish(scope)


class Browser:
    """What a browser does without drawing: cookies, the origin of forms, redirects."""

    def __init__(self, address: str, service: Service, who: Somebody | None = None) -> None:
        self.client = httpx.Client(
            base_url=address, headers={"Accept": "text/html", "Origin": address}, timeout=30
        )
        if who is not None:
            self.client.cookies.set(cookie_name(service.settings), who.session)

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query or None)

    def post(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Send a form; a redirect is not followed."""
        return self.client.post(path, data=fields)

    def send(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Send a form, which is taken in, and return the page that comes after it."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["Location"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()


Visit = Callable[..., Browser]


@contextmanager
def visiting(address: str, service: Service) -> Iterator[Visit]:
    """Give what opens browsers for people, all of them closed at the end."""
    with ExitStack() as stack:
        yield lambda who=None: stack.enter_context(Browser(address, service, who))
