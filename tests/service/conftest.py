"""The service over both backends: SQLite with files, and PostgreSQL with S3.

A test that takes `service` runs on both; nothing in it knows on which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.service import databases
from tests.service.listening import listening
from tests.service.people import Visit, visiting
from tests.service.tracker import Account, Tracker, account
from tests.support.cache_values import NINE, FixedClock
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.service.app import create_app
from worklog.service.service import Service
from worklog.service.settings import Settings

ACME = Contract(ContractId("01932b00-0000-7000-8000-00000000ac3e"), "acme", labels=("dev",))
ZETA = Contract(ContractId("01932b00-0000-7000-8000-0000000002e7"), "zeta")


@dataclass(frozen=True)
class Backend:
    """Where a service of the tests keeps its things."""

    kind: str
    settings: Settings
    environ: dict[str, str]


@pytest.fixture(scope="session")
def _postgres() -> Iterator[str]:
    with databases.cluster() as server:
        yield server


@pytest.fixture(scope="session")
def _s3() -> Iterator[str]:
    with databases.moto() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def backend(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Backend]:
    data = tmp_path / "service"
    if request.param == "sqlite":
        yield Backend("sqlite", Settings(data), {})
        return
    address = request.getfixturevalue("_s3")
    environ = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "us-east-1",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with databases.database(request.getfixturevalue("_postgres")) as url:
        bucket = databases.bucket(address)
        settings = Settings(data, database=url, objects=f"s3://{bucket}/pictures")
        yield Backend("postgres", settings, environ)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NINE)


@pytest.fixture
def service(backend: Backend, clock: FixedClock) -> Iterator[Service]:
    opened = Service.open(backend.settings, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with listening(create_app(service)) as found:
        yield found


@pytest.fixture
def web(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as client:
        yield client


@pytest.fixture
def visit(address: str, service: Service) -> Iterator[Visit]:
    with visiting(address, service) as opened:
        yield opened


@pytest.fixture
def ann(service: Service) -> Account:
    return account(service, "ann", ACME)


@pytest.fixture
def ben(service: Service) -> Account:
    return account(service, "ben", ZETA)


@pytest.fixture
def tracker(ann: Account, web: httpx.Client) -> Tracker:
    return Tracker(ann, web)
