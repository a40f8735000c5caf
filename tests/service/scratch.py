"""A service of its own for one example of a property test, on the backend of the test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from tests.service.listening import listening
from tests.support.cache_values import NINE, FixedClock
from worklog.service.app import create_app
from worklog.service.service import Service
from worklog.service.settings import Settings


@contextmanager
def scratch() -> Iterator[tuple[Service, FixedClock, httpx.Client]]:
    with tempfile.TemporaryDirectory() as folder:
        clock = FixedClock(NINE)
        settings = replace(Settings(Path(folder) / "service"), decoders=1)
        service = Service.open(settings, clock=clock)
        with (
            listening(create_app(service)) as address,
            httpx.Client(base_url=address, timeout=30) as web,
        ):
            yield service, clock, web
