"""Makes a demo: a home of its own, filled, and what to try in it."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, Final

import typer

from worklog.cli.demo import story
from worklog.errors import ConflictError
from worklog.places import Places, ensure, places

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.cli.demo.filling import Filled

WORKERS: Final = 2  # paint and encode while the cache is written
MEMORY: Final = "/dev/shm"  # noqa: S108 -- Linux keeps it in memory; elsewhere there is none
ROOM: Final = 256 << 20  # what a demo of sixty days takes, and some [bytes]
_NEXT: Final = (
    ("diary --week", "the week, hour by hour"),
    ("report 'last week'", "a timesheet with money"),
    ("diary --open", "the same in the browser, with pictures"),
    ("review 'last week'", "what a client would ask about"),
    ("show @last", "one segment whole"),
    ("history", "what was changed afterwards"),
)


def make_demo(
    context: AppContext, home: str | None, *, days: int, seed: int, memory: str = MEMORY
) -> None:
    """Fill a home with the made-up work of the last *days* days, and say what to try.

    *memory* is a folder that costs no disk; it is used where there is one with room.

    Raises:
        ConflictError: *home* has a diary already.
    """
    where = str(Path(home).absolute()) if home else mkdtemp(prefix="worklog-demo-")
    found = places({**context.environ, "WORKLOG_HOME": where})
    _check_empty(found)
    try:
        filled = _fill(context, found, days=days, seed=seed, memory=memory)
    except BaseException:
        # Nothing was there before, so nothing of anybody's goes; half a demo helps nobody.
        shutil.rmtree(found.data if home else where, ignore_errors=True)
        raise
    context.output.result(
        {
            "home": where,
            "days": days,
            "segments": filled.segments,
            "pictures": filled.pictures,
            "contracts": list(filled.contracts),
        },
        lambda: _next_steps(where, filled),
    )


def _check_empty(found: Places) -> None:
    """Refuse a home with data in it, whosever they are."""
    data = Path(found.data)
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        msg = f"{data} has a diary already, and a demo is not mixed into one."
        raise ConflictError(msg, hint="Name an empty folder with --home, or none.")


def _fill(context: AppContext, found: Places, *, days: int, seed: int, memory: str) -> Filled:
    from worklog.cache.opening import open_cache
    from worklog.capture.picture import WebpCodec
    from worklog.cli.demo.filling import Filling, StoryClock

    told = story.tell(context.clock.now(), context.zone, days=days, seed=seed)
    clock = StoryClock(told[0].start)
    with (
        _workshop(found, memory) as workshop,
        closing(open_cache(workshop, clock=clock)) as cache,
        ThreadPoolExecutor(WORKERS, thread_name_prefix="worklog-demo") as executor,
        _progress(context) as bar,
    ):
        filling = Filling(
            cache, clock, codec=WebpCodec(), executor=executor, zone=context.zone, seed=seed
        )
        return filling.fill(told, tell=bar)


@contextmanager
def _workshop(found: Places, memory: str) -> Iterator[Places]:
    """Give a place in memory to work in, and bring what was made to *found* at the end.

    The cache waits for the disk several times per segment. That is what it is for, and
    of no use to a demo.
    """
    if not _has_room(memory):
        yield found
        return
    with TemporaryDirectory(prefix="worklog-demo-", dir=memory) as folder:
        workshop = places({"WORKLOG_HOME": folder})
        yield workshop
        shutil.copytree(workshop.data, ensure(found.data), dirs_exist_ok=True)


def _has_room(folder: str) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


class _Bar:
    """Tells on a terminal how far the demo is; elsewhere it is silent."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown

    def __call__(self, done: int, total: int) -> None:
        if self._is_shown:
            typer.echo(
                f"\rMaking up work: day {min(done + 1, total)} of {total} ", nl=False, err=True
            )

    def close(self) -> None:
        if self._is_shown:
            typer.echo("\r\033[K", nl=False, err=True)


@contextmanager
def _progress(context: AppContext) -> Iterator[_Bar]:
    bar = _Bar(is_shown=context.is_interactive and not context.output.is_quiet)
    try:
        yield bar
    finally:
        bar.close()


def _next_steps(home: str, filled: Filled) -> str:
    width = max(len(command) for command, _ in _NEXT)
    return "\n".join(
        (
            f"{filled.segments} segments with {filled.pictures} pictures are in {home}",
            "Your own diary was not touched. Look around:",
            "",
            f"  export WORKLOG_HOME={shlex.quote(home)}",
            *(f"  worklog {command:<{width}}   {what}" for command, what in _NEXT),
            "",
            f"Away with it:  unset WORKLOG_HOME; rm -r {shlex.quote(home)}",
        )
    )
