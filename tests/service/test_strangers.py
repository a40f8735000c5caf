"""Two clients of one service: not a byte, and not even the existence, of the other's (T1, G11)."""

from __future__ import annotations

import random
import uuid

import httpx
import pytest

from tests.service.routes import routes_of
from tests.service.test_matrix import MATRIX
from tests.service.world import SECRETS, Role, World, make_world
from tests.support.effort import rounds
from worklog.service.app import create_app
from worklog.service.service import Service

STRANGERS = (Role.OTHER_FREELANCER, Role.OTHER_OWNER, Role.OPERATOR, Role.OTHER_DEVICE)
# Where something stands, which is no id and says nothing of anybody.
PLACES = frozenset({"position", "slot", "week"})
SEED = 20261116


def _filled(path: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def _alike(answer: httpx.Response, names: dict[str, str]) -> tuple[int, str, str]:
    """Return what *answer* says, without the ids that were asked for."""
    text = answer.text
    for value in sorted(names.values(), key=len, reverse=True):
        if len(value) > 3:
            text = text.replace(value, "ID")
    return answer.status_code, answer.headers.get("Content-Type", ""), text


def _asked(world: World, role: Role, route: str, names: dict[str, str]) -> httpx.Response:
    method, path = route.split(" ", 1)
    row = MATRIX[route]
    return world.ask(
        role,
        method,
        _filled(path, names) + row.query,
        content=row.body(names),
        media_type=row.media_type,
        form=None if row.form is None else row.form(names),
    )


@pytest.mark.timeout(3_600)
def test_t1_ids_of_others_answer_as_ids_that_nobody_has(
    service: Service, web: httpx.Client
) -> None:
    """Swap ids at random; each answer must be the one that an id of nothing gets."""
    world = make_world(service, web)
    chance = random.Random(SEED)
    named = [
        f"{method} {path}"
        for method, path in routes_of(create_app(service))
        if ("{" in path and not path.startswith("/static/"))
        or callable(MATRIX[f"{method} {path}"].content)
    ]
    assert named

    for _ in range(rounds(250, long=10_000)):
        route, role = chance.choice(named), chance.choice(STRANGERS)
        if role == Role.OPERATOR and "/people/accounts/" in route:
            continue  # accounts are the operator's; what is in them is not
        theirs = {**world.names, "name": "x"}
        nobodys = {
            name: value if name in PLACES else str(uuid.UUID(int=chance.getrandbits(128)))
            for name, value in theirs.items()
        }
        found = _asked(world, role, route, theirs)
        expected = _asked(world, role, route, nobodys)

        assert _alike(found, theirs) == _alike(expected, nobodys), (role, route)
        assert not any(secret in found.text for secret in SECRETS), (role, route)


def test_t1_no_page_shows_strangers_anything(service: Service, web: httpx.Client) -> None:
    world = make_world(service, web)

    for method, path in routes_of(create_app(service)):
        if method == "GET" and "{" not in path:
            for role in STRANGERS:
                answer = world.ask(role, "GET", path + MATRIX[f"GET {path}"].query)
                assert not any(secret in answer.text for secret in SECRETS), (role, path)


def test_the_world_has_the_words_that_are_looked_for(service: Service, web: httpx.Client) -> None:
    world = make_world(service, web)

    changes = world.ask(Role.DEVICE, "GET", "/api/v1/changes").text
    whoami = world.ask(Role.DEVICE, "GET", "/api/v1/whoami").text

    assert SECRETS[3] in changes
    assert SECRETS[2] in whoami
