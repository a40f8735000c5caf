"""What happened in the made-up fortnight: sessions, words, input, and things gone wrong.

The same seed, moment and zone tell the same story. Days end now, so that there is always
something to see today; weekends are free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from random import Random
from typing import Final

MINUTE: Final = timedelta(minutes=1)
ACME: Final = "acme"
GLOBEX: Final = "globex"
ADMIN: Final = "admin"
_SATURDAY: Final = 5
_SHORTEST_TODAY: Final = timedelta(minutes=160)


class Scene(StrEnum):
    """What is on the screen."""

    EDITOR = "editor"
    TERMINAL = "terminal"
    BROWSER = "browser"
    DESIGN = "design"
    PASSWORDS = "passwords"  # a password manager: its capture is withheld


class Mood(StrEnum):
    """How much input there is."""

    BUSY = "busy"
    SLOW = "slow"  # reading, thinking: few green boxes
    AWAY = "away"  # the tracker ran, nobody was there
    UNHEARD = "unheard"  # the listener was not alive


@dataclass(frozen=True, slots=True)
class Task:
    """Something to work on, as the screen shows it."""

    memo: str
    label: str
    scene: Scene
    application: str
    title: str


@dataclass(frozen=True, slots=True)
class Spell:
    """Time with one task and one mood: ``[start, end)``."""

    start: datetime
    end: datetime
    task: Task
    mood: Mood = Mood.BUSY


@dataclass(frozen=True, slots=True)
class Break:
    """Time within a session that was not tracked, and why."""

    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Stint:
    """One session for one contract; its spells leave only its breaks out."""

    contract: str
    spells: tuple[Spell, ...]
    breaks: tuple[Break, ...] = ()

    @property
    def start(self) -> datetime:
        return self.spells[0].start

    @property
    def end(self) -> datetime:
        return self.spells[-1].end


@dataclass(frozen=True, slots=True)
class Day:
    """The stints of one day, in order."""

    stints: tuple[Stint, ...]

    @property
    def start(self) -> datetime:
        return self.stints[0].start

    @property
    def end(self) -> datetime:
        return self.stints[-1].end


@dataclass(frozen=True, slots=True)
class _Block:
    """A stint to be: minutes after the day's start, how long, for whom."""

    after: int
    minutes: int
    contract: str
    pause_at: int = 0  # minutes into it; 0 for no break
    moods: dict[int, Mood] = field(default_factory=dict)  # by spell


_TASKS: Final = {
    ACME: (
        Task("retry lost frames", "dev", Scene.EDITOR, "Code", "transport.py - firmware-updater"),
        Task("retry lost frames", "dev", Scene.TERMINAL, "Terminal", "pytest tests/transport"),
        Task("review of pull request 212", "review", Scene.BROWSER, "Firefox", "Pull request 212"),
        Task("update over a bad line", "dev", Scene.EDITOR, "Code", "session.py - updater"),
        Task("handbook: safe rollback", "docs", Scene.BROWSER, "Firefox", "Handbook: rollback"),
        Task("bench with 40 boards", "dev", Scene.TERMINAL, "Terminal", "bench --boards 40"),
    ),
    GLOBEX: (
        Task("checkout page", "design", Scene.DESIGN, "Inkscape", "checkout.svg"),
        Task("checkout page", "dev", Scene.EDITOR, "Code", "checkout.html - shop"),
        Task("slow search", "dev", Scene.TERMINAL, "Terminal", "explain analyze"),
        Task("product pictures", "design", Scene.DESIGN, "Inkscape", "products.svg"),
        Task("order mails in Dutch", "support", Scene.BROWSER, "Firefox", "Shop: templates"),
    ),
    ADMIN: (
        Task("invoices", "", Scene.BROWSER, "Firefox", "Bank: transfers"),
        Task("offer for a new client", "", Scene.EDITOR, "Code", "offer.md - papers"),
    ),
}
_PASSWORDS: Final = Task("", "", Scene.PASSWORDS, "KeePassXC", "Passwords.kdbx")
_WEEKS: Final[tuple[tuple[_Block, ...], ...]] = (
    (
        _Block(0, 128, ACME, pause_at=75),
        _Block(134, 97, GLOBEX, moods={1: Mood.SLOW}),
        _Block(262, 61, ACME, moods={0: Mood.UNHEARD}),
    ),
    (_Block(0, 104, ACME), _Block(150, 142, GLOBEX, pause_at=64), _Block(300, 22, ADMIN)),
    (_Block(0, 141, ACME, moods={1: Mood.SLOW}), _Block(195, 96, GLOBEX), _Block(296, 38, ACME)),
    (_Block(0, 67, GLOBEX), _Block(70, 124, ACME, pause_at=50), _Block(240, 88, GLOBEX)),
    (_Block(0, 118, ACME, moods={2: Mood.AWAY}), _Block(160, 119, GLOBEX), _Block(285, 31, ADMIN)),
)


def tell(now: datetime, zone: tzinfo, *, days: int, seed: int) -> list[Day]:
    """Return the working days of the last *days* calendar days in *zone*, up to *now*."""
    rng = Random(seed)  # noqa: S311 -- a story, not a secret
    now = now.replace(microsecond=0)
    today = now.astimezone(zone).date()
    told: list[Day] = []
    for back in range(days - 1, -1, -1):
        date = today - timedelta(days=back)
        if date.weekday() >= _SATURDAY and back:
            continue
        start = datetime.combine(date, time(8, 50), zone).astimezone(now.tzinfo)
        start += timedelta(minutes=rng.randrange(25), seconds=rng.randrange(60))
        if not back:
            start = min(start, now - _SHORTEST_TODAY)
        stints = [
            _stint(block, start, rng, number=len(told) + at)
            for at, block in enumerate(_WEEKS[date.weekday() % len(_WEEKS)])
        ]
        told.append(Day(tuple(_until(stints, now - 2 * MINUTE))))
    return told


def keys_in(minute_mood: Mood, rng: Random) -> tuple[int, int, int] | None:
    """Return keys, clicks and scrolls of one minute; None where nobody listened."""
    if minute_mood is Mood.UNHEARD:
        return None
    chance = {Mood.BUSY: 0.93, Mood.SLOW: 0.3, Mood.AWAY: 0.0}[minute_mood]
    if rng.random() >= chance:
        return 0, 0, 0
    return 1 + int(rng.gammavariate(2.0, 38.0)), rng.randrange(9), max(0, rng.randrange(-14, 14))


def _stint(block: _Block, day: datetime, rng: Random, *, number: int) -> Stint:
    start = day + block.after * MINUTE + timedelta(seconds=rng.randrange(120))
    end = start + block.minutes * MINUTE
    spells = list(_spells(block, start, end, rng, number))
    if not block.pause_at:
        return Stint(block.contract, tuple(spells))
    pause = Break(
        start + block.pause_at * MINUTE,
        start + (block.pause_at + 13 + rng.randrange(8)) * MINUTE,
        "idle" if number % 2 else "pause",
    )
    return Stint(block.contract, tuple(_without(spells, pause)), (pause,))


def _spells(
    block: _Block, start: datetime, end: datetime, rng: Random, number: int
) -> Iterator[Spell]:
    tasks = _TASKS[block.contract]
    count = 0
    while start < end:
        stop = min(end, start + timedelta(minutes=rng.randrange(24, 47), seconds=rng.randrange(60)))
        task = tasks[(number + count) % len(tasks)]
        yield Spell(start, stop, task, block.moods.get(count, Mood.BUSY))
        start, count = stop, count + 1


def _without(spells: Sequence[Spell], pause: Break) -> Iterator[Spell]:
    for spell in spells:
        before = replace(spell, end=min(spell.end, pause.start))
        after = replace(spell, start=max(spell.start, pause.end))
        yield from (piece for piece in (before, after) if piece.start < piece.end)


def _until(stints: Sequence[Stint], now: datetime) -> Iterator[Stint]:
    """Yield *stints* as far as they lie before *now*."""
    for stint in stints:
        spells = tuple(
            replace(spell, end=min(spell.end, now)) for spell in stint.spells if spell.start < now
        )
        if spells:
            yield replace(
                stint,
                spells=spells,
                breaks=tuple(pause for pause in stint.breaks if pause.end <= spells[-1].start),
            )


def on_screen(spell: Spell, rng: Random) -> Task:
    """Return what a capture within *spell* sees; now and then something private."""
    return _PASSWORDS if rng.random() < 0.02 else spell.task  # noqa: PLR2004 -- rarely
