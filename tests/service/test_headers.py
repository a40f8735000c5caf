"""The headers of every page, over TLS, judged by the rules of the HTTP observatory (G19)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import trustme

from tests.service.listening import listening
from tests.service.people import somebody
from tests.service.routes import routes_of
from tests.support.cache_values import NINE, FixedClock
from tests.support.observatory import score
from worklog.service.app import create_app
from worklog.service.service import Service
from worklog.service.settings import Settings
from worklog.service.web.visiting import cookie_name

LEAST = 120


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Service, httpx.Client]]:
    """A service over TLS and a client that trusts its throw-away authority."""
    authority = trustme.CA()
    certificate = tmp_path / "service.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    settings = replace(Settings(tmp_path / "service"), certificate=str(certificate))
    service = Service.open(settings, clock=FixedClock(NINE))
    with (
        listening(create_app(service), certificate=str(certificate)) as address,
        httpx.Client(base_url=address, verify=trust, headers={"Accept": "text/html"}) as client,
    ):
        yield service, client
    service.close()


def test_g19_every_page_scores_at_least_120(secure: tuple[Service, httpx.Client]) -> None:
    service, client = secure
    who = somebody(service, "olga", is_operator=True)
    routes = routes_of(create_app(service))
    pages = [path for method, path in routes if method == "GET" and "{" not in path]
    assert "/" in pages

    for is_known in (False, True):
        if is_known:
            client.cookies.set(cookie_name(service.settings), who.session)
        for page in [*pages, "/nowhere"]:
            answer = client.get(page)
            cookies = answer.headers.get_list("set-cookie")
            found = score(answer.headers, cookies, answer.text)
            assert found >= LEAST, (page, is_known, found, dict(answer.headers))


def test_over_tls_the_cookie_is_one_that_no_other_host_can_set(
    secure: tuple[Service, httpx.Client],
) -> None:
    service, _ = secure

    assert cookie_name(service.settings).startswith("__Host-")


def test_the_judge_sees_what_is_missing() -> None:
    bare = httpx.Headers({"content-type": "text/html"})

    assert score(bare, [], "") < 50
    assert score(bare, ["worklog=x; Path=/"], '<script src="https://elsewhere/x.js">') < 0
