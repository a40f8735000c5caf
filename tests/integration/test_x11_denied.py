"""A denied window on real X servers, whatever it does: no picture has it (T16, G17)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.support.effort import rounds
from tests.support.fake_cache import InMemoryCache
from tests.support.fakes import AtOnce, FakeChance, utc
from tests.support.secret_pixels import SECRET, shows_secret
from tests.support.x11 import XServer, XWindow, window, window_manager, xorg_dummy, xvfb
from worklog.app.capture_desk import CaptureDesk, Taste
from worklog.app.capturing import Capturer
from worklog.app.keeper import Keeper
from worklog.app.open_part import OpenPart
from worklog.app.ports import Box, WithholdRule
from worklog.capture.memory import release
from worklog.capture.picture import WebpCodec
from worklog.capture.x11_screen import MssScreen
from worklog.capture.x11_window import X11Windows
from worklog.domain.contract import Contract
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, PartId
from worklog.domain.part import CaptureState

CAPTURES = rounds(20, long=334)  # for each of three desktops
MONDAY = utc("2026-11-23 09:00")
RULES = (WithholdRule("application", "^vault$"), WithholdRule("title", "private"))
PLAIN = 0x2266AA
WINDOWS = (
    ("Tool", "", 0x00FF00, Box(30, 30, 300, 200)),
    ("Editor", "", 0xFFFFFF, Box(0, 0, 500, 350)),
    ("Vault", "Keys", SECRET, Box(90, 90, 120, 80)),
    ("Browser", "news", PLAIN, Box(200, 40, 200, 100)),
)


@dataclass
class Bench:
    """Captures as the tracker takes them, of one desktop.

    Attributes:
        server: Whose windows they show.
        size: Of the whole desktop [px].
        covers: Whether the denied windows are covered in the picture and do not keep it away.
        states: What became of the captures.
    """

    server: XServer
    size: tuple[int, int]
    covers: bool
    states: Counter[CaptureState] = field(default_factory=Counter)

    def capture(self, number: int, *, active_only: bool) -> tuple[CaptureState, list[bytes]]:
        """Return what one slot's capture came to, and all that was stored of it."""
        cache = InMemoryCache(Contract(ContractId("c-acme"), "acme"))
        keeper = Keeper()
        desk = CaptureDesk(
            capturer=Capturer(
                MssScreen(self.server.environ),
                X11Windows(self.server.environ),
                None,
                WebpCodec(),
                rules=() if self.covers else RULES,
                cover_rules=RULES if self.covers else (),
                active_only=active_only,
                tidy=release,
            ),
            executor=AtOnce(),
            cache=cache,
            keeper=keeper,
            chance=FakeChance(0.0),
            notify=None,
            taste=Taste(),
            tell=lambda _: None,
            wake=lambda: None,
        )
        part = open_part(cache, Slot.containing(MONDAY + timedelta(minutes=10 * number)))
        desk.opened(part, until=None)
        desk.begin_if_due(part.opened)
        desk.collect(part, part.opened, until=None)
        keeper.flush()
        (state, *_) = {capture.state for capture in part.captures} & {CaptureState.TAKEN} or {
            part.captures[0].state
        }
        self.states[state] += 1
        return state, list(cache.files.values())


def open_part(cache: InMemoryCache, slot: Slot) -> OpenPart:
    opened: datetime = slot.start
    return OpenPart(
        PartId(f"p{slot.index}"),
        cache.device,
        ContractId("c-acme"),
        slot,
        opened,
        "",
        "",
        "UTC",
        0,
        1,
    )


@dataclass
class Secret:
    """A window that is denied, and what the test knows of it."""

    handle: XWindow
    is_shown: bool = True

    def do_something(self, chance: random.Random, size: tuple[int, int]) -> None:
        match chance.randrange(6):
            case 0:
                self.handle.hide()
                self.is_shown = False
            case 1 | 2:
                self.handle.show()
                self.is_shown = True
            case 3:
                self.handle.move(
                    chance.randrange(-150, size[0] - 10), chance.randrange(size[1] - 10)
                )
            case 4:
                self.handle.lower()
            case _ if self.is_shown:
                self.handle.focus()
            case _:
                pass


@contextmanager
def desktop(kind: str, *, covers: bool) -> Iterator[Bench]:
    with ExitStack() as stack:
        if kind == "one monitor":
            bench = Bench(stack.enter_context(xvfb((640, 400))), (640, 400), covers)
        else:
            bench = Bench(stack.enter_context(xorg_dummy(monitors=2)), (1600, 600), covers)
        if kind != "two monitors without a manager":
            stack.enter_context(window_manager(bench.server))
        yield bench


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("covers", [False, True], ids=["withheld", "covered"])
@pytest.mark.parametrize("kind", ["one monitor", "two monitors", "two monitors without a manager"])
def test_t16_g17_no_picture_shows_a_denied_window(kind: str, *, covers: bool) -> None:
    """Active or not, on this monitor or the other, over or under others, half off the desktop.

    A browser beside it shows the secret only while its title is a denied one.
    """
    chance = random.Random(16)
    leaks, wrong = [], []
    with desktop(kind, covers=covers) as bench, ExitStack() as stack:
        tool, editor, vault, browser = (
            stack.enter_context(
                window(bench.server, application=name, title=title, colour=colour, box=box)
            )
            for name, title, colour, box in WINDOWS
        )
        secret, is_private = Secret(vault), False
        for number in range(CAPTURES):
            for _ in range(chance.randrange(1, 4)):
                secret.do_something(chance, bench.size)
            work = chance.choice((tool, editor))
            work.move(*(chance.randrange(edge - 50) for edge in bench.size))
            if chance.random() < 0.3:
                chance.choice((tool, editor, browser)).focus()
            if chance.random() < 0.25:
                is_private = not is_private
                _browse(browser, is_private=is_private)
            active_only = bench.size[0] > 1000 and chance.random() < 0.5
            state, files = bench.capture(number, active_only=active_only)
            leaks += [number for data in files if shows_secret(data)]
            is_denied = secret.is_shown or is_private
            if not (covers or active_only) and (state is CaptureState.WITHHELD) != is_denied:
                wrong.append((number, state, secret.is_shown, is_private))

    assert leaks == []
    assert wrong == []
    assert bench.states.total() == CAPTURES
    assert bench.states[CaptureState.TAKEN] >= CAPTURES * (0.6 if covers else 0.05)
    assert covers or bench.states[CaptureState.WITHHELD] >= CAPTURES / 3


def _browse(browser: XWindow, *, is_private: bool) -> None:
    if is_private:
        browser.name("private window")
        browser.paint(SECRET)
    else:
        browser.paint(PLAIN)
        browser.name("news")
