"""A service on a socket, and tabs of a real browser that notice every complaint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.service.listening import listening
from tests.service.people import Somebody, Visit, visiting
from tests.support.cache_values import NINE, FixedClock
from tests.support.real_captures import RealCapture, take
from worklog.service.app import create_app
from worklog.service.service import Service
from worklog.service.settings import Settings
from worklog.service.web.visiting import cookie_name

CHROMIUM = "/usr/bin/chromium"
# As root, offline, and without the services that a browser asks for at every start.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]
_SERIOUS = {"serious", "critical"}

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Other tests may keep both cores busy: what is looked for has to come, not to be quick.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def real_captures() -> list[RealCapture]:
    """A day of captures of a test desktop: 144, made once."""
    return take(144)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NINE)


@pytest.fixture
def service(tmp_path: Path, clock: FixedClock) -> Iterator[Service]:
    opened = Service.open(Settings(tmp_path / "service"), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with listening(create_app(service)) as found:
        yield found


@pytest.fixture
def web(address: str) -> Iterator[httpx.Client]:
    """What a tracker sends with."""
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def visit(address: str, service: Service) -> Iterator[Visit]:
    with visiting(address, service) as opened:
        yield opened


@pytest.fixture
def tab(chromium: Browser, address: str, service: Service) -> Iterator[Open]:
    """Open tabs; at the end none of them may have seen an error or a breach of the policy."""
    complaints: list[str] = []
    contexts = []

    def open_tab(
        who: Somebody | None = None,
        *,
        width: int = 1440,
        height: int = 900,
        scheme: Literal["light", "dark"] = "light",
        zone: str = "Europe/Berlin",
        touch: bool = False,
    ) -> Page:
        context = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            timezone_id=zone,
            locale="en-GB",
            has_touch=touch,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if who is not None:
            name = cookie_name(service.settings)
            context.add_cookies([{"name": name, "value": who.session, "url": address}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: _heard(message, complaints))
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on(
            "requestfailed",
            lambda request: complaints.append(f"failed: {request.url} {request.failure}"),
        )
        return page

    yield open_tab
    for context in contexts:
        context.close()
    # A link that is left while it loads is no failure of the page.
    assert [one for one in complaints if "net::ERR_ABORTED" not in one] == []


def _heard(message: ConsoleMessage, complaints: list[str]) -> None:
    # A refused form answers 4xx on purpose, upon which the browser writes a line.
    is_refusal = "Failed to load resource" in message.text and " 4" in message.text
    if message.type in {"error", "warning"} and not is_refusal:
        complaints.append(f"{message.type}: {message.text}")


def accessible(page: Page) -> None:
    """Let the page pass if axe-core finds nothing serious on it."""
    found = Axe().run(page).response["violations"]
    serious = [
        f"{one['id']}: {one['help']} at {node['target']} {node['html'][:200]}"
        for one in found
        if one["impact"] in _SERIOUS
        for node in one["nodes"]
    ]
    assert serious == []


def keep_picture(page: Page, name: str, folder: Path) -> Path:
    """Keep what the whole page looks like as *name* in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.png"
    page.screenshot(path=target, full_page=True, animations="disabled")
    return target
