"""Every route and every role: who may, and who does not even learn that it is there (T1, G11).

A route without a row fails, so nobody can add one without saying who may use it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.service.listening import listening
from tests.service.routes import routes_of
from tests.service.tracker import png
from tests.service.world import BROWSERS, Role, World, is_refused, make_world
from tests.support.cache_values import NINE, FixedClock
from worklog.domain.canonical import canonical
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId
from worklog.service.app import create_app
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.settings import Settings
from worklog.service.store import reports
from worklog.wire.feedback import encode_feedback
from worklog.wire.handing import (
    PermissionRequest,
    Submission,
    encode_permission_request,
    encode_submission,
)

EVERYBODY: Final = frozenset(Role)
SENDERS: Final = frozenset({Role.DEVICE, Role.SENDING_TOKEN})
READERS: Final = frozenset({Role.DEVICE, Role.READING_TOKEN})
PARTIES: Final = frozenset({Role.FREELANCER, Role.MEMBER, Role.OWNER})
CLIENTS: Final = frozenset({Role.MEMBER, Role.OWNER})
FREELANCER: Final = frozenset({Role.FREELANCER})
OWN_DEVICES: Final = frozenset({Role.DEVICE, Role.OTHER_DEVICE})
OWNER: Final = frozenset({Role.OWNER})
OWNERS: Final = frozenset({Role.OWNER, Role.OTHER_OWNER})
OPERATORS: Final = frozenset({Role.OPERATOR})

Form = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Row:
    """Who may use a route, and a request that gets as far as asking who it is.

    Attributes:
        may: Who may.
        query: What stands behind the address.
        content: Body, for the interface; where it names things, made of the names of the world.
        media_type: Its type.
        form: Fields, for a page; made of the names of the world.
        before: What has to have happened.
        names: What stands for placeholders here; may name others of the world.
    """

    may: frozenset[Role]
    query: str = ""
    content: bytes | Callable[[Mapping[str, str]], bytes] | None = None
    media_type: str = "application/json"
    form: Callable[[Mapping[str, str]], Form] | None = None
    before: Callable[[World], object] | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def body(self, names: Mapping[str, str]) -> bytes | None:
        return self.content(names) if callable(self.content) else self.content


SEGMENT: Final = f"?slot={Slot.containing(NINE).index}"
_EMPTY: Final = canonical({})


def _segment(**fields: str) -> Callable[[Mapping[str, str]], Form]:
    """Return the form that changes the one segment there is."""
    return lambda names: {"slot": names["slot"], **fields}


def _submission(names: Mapping[str, str]) -> bytes:
    return encode_submission(Submission(ContractId(names["contract"]), NINE.replace(hour=0)))


def _request(names: Mapping[str, str]) -> bytes:
    return encode_permission_request(PermissionRequest(ContractId(names["contract"])))


def _edited(world: World) -> None:
    answer = world.ask(
        Role.FREELANCER,
        "POST",
        f"/diary/{world.names['contract']}/edit",
        form={"slot": world.names["slot"], "memo": "another", "label": "dev"},
    )
    assert answer.status_code == 303, answer.text


def _reported(world: World) -> None:
    """Let there be a report of the freelancer's, and a name for it."""
    body = encode_feedback({"schema": 1, "id": "report-0", "text": "it flickers"})
    answer = world.ask(Role.DEVICE, "POST", "/api/v1/feedback", content=body)
    assert answer.status_code == 201, answer.text
    with world.service.store.reading(SYSTEM) as scope:
        (report,) = reports.all_reports(scope, limit=2)
    world.names["report"] = report.name


MATRIX: Final[dict[str, Row]] = {
    # The interface. Whose things they are comes with the token, so another device may
    # send and read its own; that it gets nothing of Ann's is for the next test.
    "GET /api/openapi.json": Row(EVERYBODY),
    "GET /api/v1/service": Row(EVERYBODY),
    "GET /api/v1/whoami": Row(READERS | SENDERS | OWN_DEVICES),
    "GET /api/v1/changes": Row(READERS | OWN_DEVICES),
    "GET /api/v1/digests": Row(READERS | OWN_DEVICES, query="?stream=s"),
    "POST /api/v1/parts": Row(SENDERS | OWN_DEVICES, content=canonical({"parts": []})),
    "PUT /api/v1/parts/{part}": Row(SENDERS | OWN_DEVICES, content=_EMPTY),
    "PUT /api/v1/parts/{part}/images/{position}": Row(
        SENDERS, content=png(), media_type="image/png"
    ),
    "POST /api/v1/amendments": Row(SENDERS | OWN_DEVICES, content=canonical({"amendments": []})),
    "POST /api/v1/feedback": Row(SENDERS | OWN_DEVICES, content=_EMPTY),
    # Theirs alone: another device has nothing to do with the contract.
    "POST /api/v1/weeks/submit": Row(SENDERS, content=_submission),
    "POST /api/v1/requests": Row(SENDERS, content=_request),
    "POST /api/v1/device/code": Row(EVERYBODY, content=_EMPTY),
    "POST /api/v1/device/token": Row(EVERYBODY, content=_EMPTY),
    # Pages.
    "GET /setup": Row(frozenset()),  # the code has been used
    "POST /setup": Row(frozenset(), form=lambda _: {}),
    "GET /login": Row(EVERYBODY),
    "POST /login": Row(EVERYBODY, form=lambda _: {}),
    "GET /forgotten": Row(EVERYBODY),
    "POST /forgotten": Row(EVERYBODY, form=lambda _: {}),
    "POST /logout": Row(frozenset(), form=lambda _: {}),  # all are at the login after it
    # Contracts are the client's owners' to change, weeks the freelancer's to submit.
    "GET /contracts": Row(BROWSERS),
    "GET /contracts/new": Row(OWNERS),
    "POST /contracts/new": Row(OWNERS, form=lambda _: {}),
    "GET /contracts/{contract}": Row(PARTIES),
    "GET /contracts/{contract}/edit": Row(frozenset({Role.OWNER})),
    "POST /contracts/{contract}/edit": Row(frozenset({Role.OWNER}), form=lambda _: {}),
    "POST /contracts/{contract}/end": Row(frozenset({Role.OWNER}), form=lambda _: {}),
    "POST /contracts/{contract}/requests/{request_id}": Row(
        frozenset({Role.OWNER}), form=lambda _: {"answer": "decline"}
    ),
    "GET /timesheet": Row(BROWSERS),
    "POST /timesheet/{contract}/{week}/submit": Row(FREELANCER, form=lambda _: {}),
    # The diary. A client may label, and everything else is the freelancer's (R22).
    "GET /diary": Row(BROWSERS),
    "GET /diary/{contract}": Row(PARTIES),
    "GET /diary/{contract}/segments/{slot}": Row(PARTIES),
    "GET /pictures/{contract}/{slot}/{part}/{position}": Row(PARTIES),
    "GET /pictures/{contract}/{slot}/{part}/{position}/thumbnail": Row(PARTIES),
    "GET /diary/{contract}/edit": Row(PARTIES, query=SEGMENT),
    "GET /diary/{contract}/remove": Row(FREELANCER, query=SEGMENT),
    "GET /diary/{contract}/redact": Row(FREELANCER, query=SEGMENT),
    "GET /diary/{contract}/move": Row(FREELANCER, query=SEGMENT),
    "GET /diary/{contract}/add": Row(FREELANCER),
    "POST /diary/{contract}/edit": Row(PARTIES, form=_segment(label="dev")),
    "POST /diary/{contract}/remove": Row(FREELANCER, form=_segment()),
    "POST /diary/{contract}/redact": Row(FREELANCER, form=_segment(all="yes")),
    "POST /diary/{contract}/move": Row(FREELANCER, form=_segment(to="none")),
    "POST /diary/{contract}/add": Row(FREELANCER, form=_segment(memo="x")),
    "POST /diary/{contract}/choose": Row(FREELANCER, form=_segment()),
    "POST /diary/{contract}/undo": Row(FREELANCER, form=_segment(), before=_edited),
    # Links are for whoever has one; nobody in the world does.
    "GET /join": Row(frozenset(), query="?code=none"),
    "POST /join": Row(frozenset(), query="?code=none", form=lambda _: {}),
    "GET /reset": Row(frozenset(), query="?code=none"),
    "POST /reset": Row(frozenset(), query="?code=none", form=lambda _: {}),
    "GET /device": Row(BROWSERS),
    "POST /device": Row(frozenset(), form=lambda _: {"code": "none"}),
    "GET /people": Row(OWNERS | OPERATORS),
    "GET /people/accounts": Row(OPERATORS),
    "POST /people/accounts/organisations": Row(OPERATORS, form=lambda _: {"name": "New"}),
    "POST /people/accounts/invite": Row(OPERATORS, form=lambda _: {}),
    "POST /people/accounts/links/{link}": Row(
        OPERATORS, form=lambda _: {}, names={"link": "{operator_link}"}
    ),
    "POST /people/accounts/{user}": Row(OPERATORS, form=lambda _: {"what": "reset"}),
    "GET /people/{organisation}": Row(OWNER),
    "POST /people/{organisation}": Row(OWNER, form=lambda _: {"name": "Acme"}),
    "POST /people/{organisation}/invite": Row(OWNER, form=lambda _: {"purpose": "owner"}),
    "POST /people/{organisation}/links/{link}": Row(OWNER, form=lambda _: {}),
    "POST /people/{organisation}/members/{user}": Row(
        OWNER, form=lambda _: {"what": "owner"}, names={"user": "{member}"}
    ),
    "POST /people/{organisation}/partners/{user}": Row(
        OWNER, form=lambda _: {}, names={"user": "{partner}"}
    ),
    # What is logged in; a device is its owner's to revoke, and a session of nobody's ends none.
    "GET /devices": Row(BROWSERS),
    "GET /devices/{device}/revoke": Row(FREELANCER),
    "POST /devices/{device}/revoke": Row(FREELANCER, form=lambda _: {}),
    "POST /sessions/end": Row(BROWSERS, form=lambda _: {"session": "none"}),
    "GET /settings": Row(BROWSERS),
    "POST /settings": Row(BROWSERS, form=lambda _: {}),
    "GET /settings/export": Row(BROWSERS),
    "POST /settings/password": Row(BROWSERS, form=lambda _: {}),
    "GET /settings/erase": Row(BROWSERS),
    "POST /settings/erase": Row(BROWSERS, form=lambda _: {}),
    # Weeks are reviewed by any member of the client; disputes have two sides.
    "GET /review": Row(BROWSERS),
    "GET /review/{contract}/{week}": Row(CLIENTS),
    "POST /review/{contract}/{week}/accept": Row(CLIENTS, form=_segment()),
    "POST /review/{contract}/{week}/reopen": Row(CLIENTS, form=lambda _: {"reason": "x"}),
    "POST /review/{contract}/{week}/dispute": Row(CLIENTS, form=_segment(reason="x")),
    "GET /disputes": Row(BROWSERS),
    "POST /disputes/withdraw": Row(frozenset(), form=lambda _: {"dispute": "none", "words": "x"}),
    "POST /disputes/settle": Row(frozenset(), form=lambda _: {"dispute": "none", "words": "x"}),
    "POST /disputes/answer": Row(frozenset(), form=lambda _: {"dispute": "none", "words": "x"}),
    "POST /disputes/uphold": Row(frozenset(), form=lambda _: {"dispute": "none", "words": "x"}),
    "GET /activity": Row(BROWSERS),
    "GET /feedback": Row(BROWSERS),
    "POST /feedback": Row(BROWSERS, form=lambda _: {"id": "report-1", "words": "it flickers"}),
    "POST /feedback/{report}": Row(
        frozenset({Role.OPERATOR}), form=lambda _: {"state": "closed"}, before=_reported
    ),
    "GET /static/{name}": Row(frozenset()),
    "GET /": Row(BROWSERS),
}


def _service(folder: Path) -> Service:
    return Service.open(Settings(folder), clock=FixedClock(NINE))


def _address(route: str, row: Row, world: World) -> str:
    path = route.split(" ", 1)[1]
    names = [*row.names.items(), *world.names.items(), ("name", "none.css")]
    for name, value in names:  # those of a row may name others of the world
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"the world has no name for {path}"
    return path + row.query


def _answer(world: World, role: Role, route: str, row: Row) -> httpx.Response:
    return world.ask(
        role,
        route.split(" ", 1)[0],
        _address(route, row, world),
        content=row.body(world.names),
        media_type=row.media_type,
        form=None if row.form is None else row.form(world.names),
    )


def test_every_route_has_its_row(tmp_path: Path) -> None:
    service = _service(tmp_path / "service")
    routes = {f"{method} {path}" for method, path in routes_of(create_app(service))}
    service.close()

    assert routes - MATRIX.keys() == set(), "routes of which nobody said who may use them"
    assert MATRIX.keys() - routes == set(), "rows of routes that are gone"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A world that was made once, and the folder that it lies in."""
    folder = tmp_path_factory.mktemp("kept") / "service"
    service = _service(folder)
    with listening(create_app(service)) as address, httpx.Client(base_url=address) as web:
        world = make_world(service, web)
    service.close()
    return folder, world


@pytest.mark.parametrize("route", sorted(MATRIX))
def test_t1_a_route_is_for_those_in_its_row_and_for_nobody_else(
    route: str, kept: tuple[Path, World], tmp_path: Path
) -> None:
    row, (folder, world) = MATRIX[route], kept
    # A write may take away what the next one needs, so each that is let in has its own copy.
    groups = [EVERYBODY - row.may, *({role} for role in sorted(row.may))]
    if route.startswith("GET "):
        groups = [EVERYBODY]
    found = {}

    for number, roles in enumerate(groups):
        service = _service(shutil.copytree(folder, tmp_path / f"service-{number}"))
        with (
            listening(create_app(service)) as address,
            httpx.Client(base_url=address, timeout=60) as web,
        ):
            copy = replace(world, service=service, web=web, names=dict(world.names))
            if row.before is not None:
                row.before(copy)
            for role in sorted(roles):
                answer = _answer(copy, role, route, row)
                assert answer.status_code < 500, (role, answer.text)
                found[role] = not is_refused(answer)
        service.close()

    assert {role for role, may in found.items() if may} == row.may
