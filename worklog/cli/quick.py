"""The quick road: `memo TEXT`, `label NAME`, `pause`, `resume` and `report` in plain spelling.

The first four are one row in the mailbox, so this loads what a row takes and nothing else;
a test lists the modules. Whatever is not plain (an option, an unknown label, no tracker, an
older cache) goes through `worklog.cli.main` to the same use case, with the same answer.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from typing import Final, NoReturn

    from worklog.cache.mailbox import RunningSession

ANSWERS: Final = {"pause": "Paused.", "resume": "Tracking again."}
WORDS_OF_MEMO: Final = 2  # the command and its text
COMPLETION: Final = ["generate", "--names"]  # a shell asks at each press of TAB
WORDS_OF_COMPLETION: Final = 3
CACHE_FORMAT: Final = 3  # a test holds it to the number of migrations


def main() -> NoReturn:
    """Run the process's command line, and exit."""
    _open_output()
    argv = sys.argv[1:]
    if is_plain(argv):
        answer = quick(argv, os.environ)
        if answer is not None:
            _say(answer)
    if argv[:1] == ["report"]:
        answer = quick_report(argv[1:], os.environ)
        if answer is not None:
            _say(answer)
    if argv[:2] == COMPLETION and len(argv) == WORDS_OF_COMPLETION:
        from worklog.cli.docgen.names import tell

        tell(argv[2], os.environ)
        sys.exit(0)
    from worklog.cli.main import main as whole_road

    whole_road()


def is_plain(argv: Sequence[str]) -> bool:
    """Return whether *argv* is one of the four commands without anything to parse."""
    if len(argv) == 1:
        return argv[0] in ANSWERS
    return (
        len(argv) == WORDS_OF_MEMO and argv[0] in ("memo", "label") and not argv[1].startswith("-")
    )


def quick(argv: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Do what the plain *argv* asks and return the answer; None if it is not that simple."""
    from worklog.errors import WorklogError
    from worklog.places import places

    try:
        found = places(environ)
        if not _is_locked(found.lock):
            return None
        from worklog.sqlite import connect, schema_version

        connection = connect(found.database, create=False)
        try:
            if schema_version(connection) != CACHE_FORMAT:
                return None
            return _post(connection, argv)
        finally:
            connection.close()
    except WorklogError:
        return None  # the other road meets the same failure, and knows how to tell it


def quick_report(words: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Return the plain report that *words* ask for; None if it is not that simple."""
    from worklog.errors import WorklogError
    from worklog.places import places

    found = places(environ)
    if _is_locked(found.lock):
        return None  # what is being recorded belongs to it
    import sqlite3

    from worklog.cli import report_road
    from worklog.sqlite import connect, schema_version

    asked = report_road.plain(words)
    if asked is None:
        return None
    try:
        connection = connect(found.database, create=False)
        try:
            if schema_version(connection) != CACHE_FORMAT or _is_open(connection):
                return None
            return report_road.quick(asked, connection, found, environ)
        finally:
            connection.close()
    except (WorklogError, report_road.NotPlainError, sqlite3.Error):
        return None  # the other road meets the same failure, and knows how to tell it


def _is_open(connection: sqlite3.Connection) -> bool:
    """Return whether a tracker that died left something to be closed."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM sessions WHERE ended_ms IS NULL)"
        " OR EXISTS (SELECT 1 FROM parts WHERE state = 'open')"
    )
    return bool(connection.execute(query).fetchone()[0])


def _post(connection: sqlite3.Connection, argv: Sequence[str]) -> str | None:
    from worklog.cache.mailbox import post, running_session
    from worklog.clock import SystemClock

    session = running_session(connection)
    if session is None:
        return None
    command, argument, answer = argv[0], "", ANSWERS.get(argv[0], "")
    if not answer:
        text = _cleaned(connection, session, command, argv[1])
        if text is None:
            return None
        argument, answer = text, f"{command}: {text or '-'}"
    post(connection, command, argument, at_ms=SystemClock().now_ms())
    return answer


def _cleaned(
    connection: sqlite3.Connection, session: RunningSession, command: str, text: str
) -> str | None:
    """Return *text* as it is kept; None where the contract has no such label."""
    from worklog.domain.text import clean_label, clean_memo

    if command == "memo":
        return clean_memo(text)
    from worklog.cache.mailbox import labels

    label = clean_label(text)
    known = labels(connection, session.contract_id)
    return label if not label or not known or label in known else None


def _is_locked(path: str) -> bool:
    """Return whether a tracker holds the lock at *path*; elsewhere the other road knows."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open_output() -> None:
    """See that there is an output, and that any text can be written to it.

    Python has none where the caller closed it, as `>&-` does, and stops at the first
    character that the terminal's encoding lacks. What was asked for is done by then.
    """
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 -- quick road: no pathlib; open to the end
    elif sys.stdout.encoding != "utf-8":
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # Python's own
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 -- as above


def _say(answer: str) -> NoReturn:
    """Print *answer* and leave at once: nothing is open that would have to be closed."""
    try:
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()
    except OSError:
        pass  # nobody listens any more; the row is kept
    os._exit(0)
