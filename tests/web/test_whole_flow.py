"""From an empty service to an edited diary: real processes, real input, a real browser.

`worklog serve` and the tracker are the installed command, each in a process of its own;
the tracker records a real window under Xvfb, and people use nothing but the pages.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.tracker_process import INSTALLED, TrackerHome
from tests.support.until import until
from tests.support.x11 import terminal, window, window_manager, xdotool, xvfb
from tests.web.conftest import accessible
from worklog.app.ports import Box

PASSWORD = "four calm words here"


@dataclass
class Served:
    """A running service.

    Attributes:
        address: Where it answers.
        setup: The link by which it is set up.
    """

    address: str
    setup: str


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Run `worklog serve` in a process of its own."""
    home = TrackerHome(folder / "operator")
    process = subprocess.Popen(
        [*INSTALLED, "serve", "--port", "0", "--data", str(folder / "service")],
        env=home.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().split()[-1]
        process.stdout.readline()
        yield Served(address, process.stdout.readline().strip())
    finally:
        process.terminate()
        assert process.wait(30) == 0
        process.stdout.close()


@pytest.fixture
def somebodys(chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """Give browsers of people who know nothing of each other."""
    contexts: list[BrowserContext] = []

    def browser(address: str) -> Page:
        context = chromium.new_context(
            base_url=address, timezone_id="Europe/Berlin", locale="en-GB", reduced_motion="reduce"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield browser
    for context in contexts:
        context.close()


def set_up(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Name to log in with").fill("olga")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Your organisation").fill("Acme")
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("status")).to_contain_text("The service is yours.")


def invite(page: Page) -> str:
    """Return the link by which a freelancer joins."""
    page.goto("/people")
    page.get_by_label("As").select_option("freelancer")
    page.get_by_label("Whom it is for").fill("Ann")
    page.get_by_role("button", name="Make a link").click()
    return page.locator("#made-link").inner_text()


def join(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Name to log in with").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make an account and join").click()
    expect(page.get_by_role("status").first).to_be_visible()


def offer(page: Page) -> None:
    page.goto("/contracts/new")
    page.get_by_label("Name", exact=True).fill("acme")
    page.get_by_label("Labels").fill("dev, review")
    page.get_by_label("Rate an hour").fill("60")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_role("button", name="Offer the contract").click()
    expect(page.get_by_role("status").first).to_contain_text("The contract is there.")


def log_in(home: TrackerHome, page: Page, address: str) -> None:
    """Log a device in: the command shows a code, its owner confirms it in the browser."""
    process = subprocess.Popen(
        [*home.program, "login", address],
        env=home.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    shown = ""
    while (found := re.search(r"code=([A-Z]{4}-[A-Z]{4})", shown)) is None:
        line = process.stderr.readline()
        assert line, shown
        shown += line
    page.goto(f"/device?code={found[1]}")
    page.get_by_role("button", name="Let it in").click()
    expect(page.get_by_role("status").first).to_contain_text("is logged in")
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "as ann" in out


def track(home: TrackerHome) -> None:
    """Record some seconds of work in a real window."""
    with (
        xvfb() as server,
        window_manager(server),
        window(
            server,
            application="Editor",
            title="main.py — bug",
            colour=0x336699,
            box=Box(100, 100, 900, 600),
        ) as editor,
    ):
        words = ["start", "acme", "-m", "fixing bug", "-l", "dev", "--for", "9s"]
        command = ["env", f"WORKLOG_HOME={home.folder}", *home.program, *words]
        with terminal(server, title="worklog", command=command):
            editor.focus()
            status = Path(home.places.status_file)
            until(status.exists, within_s=40)  # a terminal and a tracker start
            xdotool(server, "type", "--delay", "20", "some words")
            until(lambda: not status.exists(), within_s=40)


def memos(home: TrackerHome) -> set[str]:
    """Return what the tracker's own diary says of today, after a sync."""
    home.answer("sync")
    segments = home.answer("diary", "today")["segments"]
    return {segment["memo"] for segment in segments if "deleted" not in segment["marks"]}


def pixels(home: TrackerHome) -> list[bytes]:
    """Return a piece of each picture and thumbnail that the tracker keeps."""
    folder = Path(home.places.pictures)
    kept = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    assert kept
    return [content[len(content) // 2 :][:48] for content in kept]


def found(folder: Path, pieces: list[bytes]) -> list[Path]:
    """Return the files below *folder* in which any of *pieces* is."""
    return [
        file
        for file in folder.rglob("*")
        if file.is_file() and any(piece in file.read_bytes() for piece in pieces)
    ]


def read_as_client(client: Page) -> None:
    """Read the diary as a client does, picture included."""
    client.goto("/diary")
    expect(client.get_by_text("fixing bug · dev")).to_be_visible()
    accessible(client)
    client.locator(".segment .open").first.click()
    picture = client.get_by_alt_text(re.compile("Screen 1 at"))
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1280
    expect(client.get_by_text("main.py — bug")).to_be_visible()


def edit_on_both_sides(home: TrackerHome, freelancer: Page) -> None:
    # The freelancer edits in the browser, and the tracker's diary has it after a sync.
    freelancer.goto("/diary")
    expect(freelancer.get_by_text("fixing bug · dev")).to_be_visible()
    freelancer.keyboard.press("ArrowRight")
    freelancer.keyboard.press("a")
    freelancer.keyboard.press("e")
    freelancer.get_by_label("Memo").first.fill("fixing the redirect")
    freelancer.get_by_role("button", name="Save").click()
    expect(freelancer.get_by_role("status").first).to_have_text("Saved.")
    assert memos(home) == {"fixing the redirect"}

    # And the other way round.
    home.answer("edit", "today", "--memo", "seen in both")
    home.answer("sync")
    freelancer.reload()
    expect(freelancer.get_by_text("seen in both · dev").first).to_be_visible()


def prove(home: TrackerHome, client: Page, folder: Path) -> None:
    # The client opens the proof as the file that it is, without the service.
    target = folder / "proof.html"
    home.answer("prove", "today", "-o", str(target))
    client.context.set_offline(True)
    client.goto(target.as_uri())
    expect(client.locator("#verdict h2")).to_have_text("Everything in this file holds")
    expect(client.locator("#verdict p")).to_have_text(
        re.compile("[1-9] pictures? and [1-9]+ receipts? ")
    )
    expect(client.get_by_text("seen in both").first).to_be_visible()
    client.context.set_offline(False)
    target.unlink()


def erase(home: TrackerHome, freelancer: Page, client: Page, folder: Path) -> None:
    # What is covered is covered for the client too, and its pixels are gone everywhere.
    original = pixels(home)
    assert found(folder, original)
    freelancer.keyboard.press("ArrowRight")
    freelancer.keyboard.press("a")
    freelancer.keyboard.press("r")
    freelancer.locator("form.redact button.sure").click()
    expect(freelancer.locator(".redacted").first).to_be_visible()
    client.goto("/diary")
    expect(client.locator(".redacted").first).to_be_visible()
    home.answer("sync")
    assert found(folder, original) == []

    # What is removed is gone for both.
    freelancer.goto("/diary")
    freelancer.keyboard.press("ArrowRight")
    freelancer.keyboard.press("a")
    freelancer.keyboard.press("Delete")
    freelancer.locator("form.remove button.sure").click()
    expect(freelancer.get_by_role("status").first).to_be_visible()


@pytest.mark.timeout(600)
def test_two_people_use_the_service_from_its_first_start_on(
    tmp_path: Path, somebodys: Callable[[str], Page]
) -> None:
    home = TrackerHome(tmp_path / "ann")
    config = tmp_path / "ann" / "config"
    config.mkdir(parents=True)
    # Nothing is held back for a look before it leaves: that would take ten minutes.
    (config / "config.toml").write_text('[capture]\nconsent = "yes"\nreview = "0s"\n')
    with served(tmp_path) as service:
        client, freelancer = somebodys(service.address), somebodys(service.address)
        set_up(client, service.setup)
        join(freelancer, invite(client))
        offer(client)
        log_in(home, freelancer, service.address)
        home.answer("sync")
        track(home)
        assert memos(home) == {"fixing bug"}

        read_as_client(client)
        edit_on_both_sides(home, freelancer)
        prove(home, client, tmp_path)
        erase(home, freelancer, client, tmp_path)

        assert memos(home) == set()
        assert home.findings() == []
