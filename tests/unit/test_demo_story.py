"""The made-up fortnight: what is told of it, before anything is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import utc
from worklog.cli.demo.drawing import HEIGHT, WIDTH, draw
from worklog.cli.demo.story import Mood, Scene, Spell, Task, keys_in, on_screen, tell

NOW = utc("2026-11-20 16:30")  # a Friday
BERLIN = ZoneInfo("Europe/Berlin")
TASK = Task("fix", "dev", Scene.EDITOR, "Code", "main.py")


def test_a_fortnight_has_ten_working_days_and_ends_now() -> None:
    days = tell(NOW, BERLIN, days=14, seed=1)

    assert len(days) == 10
    assert {day.start.astimezone(BERLIN).weekday() for day in days} == {0, 1, 2, 3, 4}
    assert NOW - timedelta(hours=6) < days[-1].end < NOW


@pytest.mark.parametrize("now", ["2026-11-21 11:00", "2026-11-22 00:10", "2026-11-23 05:00"])
def test_there_is_always_work_of_today(now: str) -> None:
    """On a Saturday, in the night to Sunday, and before anybody gets up on a Monday."""
    days = tell(utc(now), BERLIN, days=14, seed=1)

    assert days[-1].end <= utc(now)
    assert days[-1].end - days[-1].start > timedelta(hours=1)


def test_the_same_seed_tells_the_same_story_and_another_one_another() -> None:
    once = tell(NOW, BERLIN, days=14, seed=1)

    assert tell(NOW, BERLIN, days=14, seed=1) == once
    assert tell(NOW, BERLIN, days=14, seed=2) != once


@given(
    now=st.datetimes(datetime(2026, 1, 2), datetime(2040, 1, 1), timezones=st.just(NOW.tzinfo)),  # type: ignore[arg-type]
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns"]),
    days=st.integers(1, 30),
    seed=st.integers(0, 9),
)
def test_a_story_never_overlaps_and_never_reaches_the_future(
    now: datetime, zone: str, days: int, seed: int
) -> None:
    told = tell(now, ZoneInfo(zone), days=days, seed=seed)

    stints = [stint for day in told for stint in day.stints]
    spells = [spell for stint in stints for spell in stint.spells]
    edges = [edge for spell in spells for edge in (spell.start, spell.end)]
    assert edges == sorted(edges)
    assert edges[-1] < now
    assert all(spell.start < spell.end for spell in spells)
    breaks = [(pause, stint) for stint in stints for pause in stint.breaks]
    assert all(
        pause.end <= spell.start or spell.end <= pause.start
        for pause, stint in breaks
        for spell in stint.spells
    )


@pytest.mark.parametrize(
    ("mood", "seen"), [(Mood.UNHEARD, None), (Mood.AWAY, (0, 0, 0))], ids=["unheard", "away"]
)
def test_nobody_there_is_zero_and_nobody_listening_is_unknown(
    mood: Mood, seen: tuple[int, int, int] | None
) -> None:
    assert keys_in(mood, Random(1)) == seen


def test_a_busy_minute_mostly_has_input_and_a_slow_one_mostly_not() -> None:
    rng = Random(1)
    busy = sum(any(keys_in(Mood.BUSY, rng) or ()) for _ in range(200))
    slow = sum(any(keys_in(Mood.SLOW, rng) or ()) for _ in range(200))

    assert slow < 100 < busy


def test_now_and_then_something_private_is_on_the_screen() -> None:
    spell = Spell(NOW, NOW + timedelta(hours=1), TASK)
    rng = Random(1)

    seen = [on_screen(spell, rng).scene for _ in range(500)]

    assert 0 < seen.count(Scene.PASSWORDS) < 50
    assert set(seen) == {Scene.EDITOR, Scene.PASSWORDS}


@pytest.mark.parametrize("scene", Scene)
def test_no_two_pictures_of_a_scene_are_the_same(scene: Scene) -> None:
    task = Task("fix", "dev", scene, "Code", "transport.py")

    first = draw(task, "fix", NOW, Random(1))
    second = draw(task, "fix", NOW, Random(2))

    assert (first.box.width, first.box.height) == (WIDTH, HEIGHT)
    assert len(first.rgb) == 3 * WIDTH * HEIGHT
    assert first.rgb != second.rgb
