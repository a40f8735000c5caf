"""The log holds ids, codes and numbers, one line a record, for its user only."""

from __future__ import annotations

import ast
import json
import logging
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import worklog
from worklog.app.events import Event, EventKind, Fact
from worklog.cli import logs
from worklog.cli.logs import open_log
from worklog.cli.watching import LogLines

CANARY = "CANARY-memo fixing Ada's bug\r\n\x1b[2J\u2028"
ID = "01934567-89ab-7cde-8f01-23456789abcd"
LOG = logging.getLogger("worklog.test")
METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "log" / "worklog.log"
    close = open_log(path, level=logging.DEBUG)
    yield path
    close()


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_record_is_one_object_with_ids_codes_and_numbers(path: Path) -> None:
    LOG.warning("sealed", extra={"part": ID, "code": "too-slow", "count": 3, "seconds": 1.5})

    (line,) = lines(path)
    assert isinstance(at := line.pop("at"), str)
    assert at.endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "worklog.test",
        "message": "sealed",
        "part": ID,
        "code": "too-slow",
        "count": 3,
        "seconds": 1.5,
    }


def test_t11_memos_and_titles_get_in_by_no_door(path: Path) -> None:
    fields = dict.fromkeys([*logs.FIELDS, "memo", "title", "anything"], CANARY)

    LOG.info("as an argument %s", CANARY)
    LOG.info("as a named argument %(memo)s", {"memo": CANARY})
    LOG.info("as fields", extra=fields)
    LOG.info(ValueError(CANARY))
    try:
        raise_quoting(CANARY)
    except ValueError:
        LOG.exception("as an exception")
    LOG.info("as a stack", stack_info=True, extra={"code": [CANARY]})

    text = path.read_text()
    assert len(lines(path)) == 6
    assert "CANARY" not in text
    assert "Ada" not in text
    assert [line.get("withheld") for line in lines(path)] == [1, 1, 3, None, None, None]


def test_the_log_tells_how_much_of_a_picture_was_covered_and_not_what(path: Path) -> None:
    facts: dict[str, Fact] = {
        "sha256": "ab",
        "covered": 250,
        "covered_windows": 1,
        "covered_secrets": 2,
    }

    LogLines().event(Event(EventKind.CAPTURED, datetime(2026, 11, 19, tzinfo=UTC), CANARY, facts))

    (line,) = lines(path)
    assert {name: line[name] for name in line if name not in ("at", "level", "logger")} == {
        "message": "event",
        "event": "captured",
        "covered": 250,
        "covered_windows": 1,
        "covered_secrets": 2,
    }


def raise_quoting(text: str) -> None:
    message = f"bad memo: {text}"
    raise ValueError(message)


def test_of_an_exception_the_type_and_the_places_are_kept(path: Path) -> None:
    try:
        raise_quoting("x")
    except ValueError:
        LOG.exception("failed")

    (line,) = lines(path)
    frames = line["frames"]
    assert line["error"] == "ValueError"
    assert isinstance(frames, list)
    assert frames[-1].startswith("test_logs.py:")
    assert frames[-1].endswith(":raise_quoting")


def test_t30_no_text_makes_a_second_line(path: Path) -> None:
    for text in ("a\nb", "a\rb", "a\x1b[31mb", "a\u2028b", "a\x85b"):
        LOG.info(text)

    raw = path.read_bytes()
    assert raw.count(b"\n") == 5
    assert all(byte == 10 or 32 <= byte < 127 for byte in raw)


def test_t30_half_a_character_is_written_as_its_number() -> None:
    record = logging.makeLogRecord({"msg": "\ud800", "created": 0.0})

    assert '"message": "\\ud800"' in logs.LineFormatter().format(record)


def test_t10_file_folder_and_old_files_are_for_their_user_only(tmp_path: Path) -> None:
    path = tmp_path / "log" / "worklog.log"
    path.parent.mkdir(mode=0o700)
    path.write_text("")
    path.chmod(0o666)
    before = os.umask(0)
    close = open_log(path)
    try:
        for _ in range(3 * logs.MAX_BYTES // 150):
            LOG.warning("a line of some hundred characters", extra={"part": ID, "code": "too-slow"})
    finally:
        close()
        os.umask(before)

    names = sorted(entry.name for entry in path.parent.iterdir())
    assert names[:2] == ["worklog.log", "worklog.log.1"]
    assert len(names) <= 1 + logs.KEPT
    for entry in path.parent.iterdir():
        assert stat.S_IMODE(entry.stat().st_mode) == 0o600
        assert entry.stat().st_size <= logs.MAX_BYTES


def test_a_link_in_the_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / "worklog.log").symlink_to(target)

    close = open_log(tmp_path / "worklog.log")
    LOG.warning("lost")
    close()

    assert not target.exists()


def test_f15_a_log_that_cannot_be_written_disturbs_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    close = open_log(tmp_path / "file" / "log" / "worklog.log")
    LOG.warning("lost")
    close()
    close = open_log("/dev/full/worklog.log")
    LOG.warning("lost")
    close()

    assert capsys.readouterr() == ("", "")


def test_f12_a_full_disk_does_not_print_the_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "worklog.log"
    close = open_log(path)
    LOG.warning("first")
    _, handler = logging.getLogger("worklog").handlers  # the first keeps quiet
    assert isinstance(handler, logging.StreamHandler)
    handler.stream.close()
    handler.stream = open("/dev/full", "a", encoding="ascii")  # noqa: PTH123, SIM115 -- the handler closes it

    LOG.warning("second", extra={"code": "lost"})
    LOG.warning("third")
    close()

    assert [line["message"] for line in lines(path)] == ["first", "third"]
    assert capsys.readouterr() == ("", "")


def test_closing_puts_the_logger_back(tmp_path: Path) -> None:
    logger = logging.getLogger("worklog")
    before = (logger.level, logger.propagate, list(logger.handlers))

    open_log(tmp_path / "worklog.log")()

    assert (logger.level, logger.propagate, list(logger.handlers)) == before


def test_every_log_call_of_the_package_has_a_constant_message_and_no_arguments() -> None:
    """What the formatter relies on, held for the source as a whole."""
    root = Path(worklog.__file__).parent
    wrong = [
        f"{file.relative_to(root)}:{call.lineno}"
        for file in root.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and is_log_call(call) and not is_plain(call)
    ]

    assert wrong == []


def is_log_call(call: ast.Call) -> bool:
    function = call.func
    if not (isinstance(function, ast.Attribute) and function.attr in METHODS):
        return False
    owner = function.value
    name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    return name.lower().strip("_") in {"log", "logger", "logging"}


def is_plain(call: ast.Call) -> bool:
    return (
        len(call.args) == 1
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    )


def test_what_is_logged_after_the_end_goes_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thread that is slow to end: the library would print its words on standard error."""
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []  # pytest's own
    try:
        open_log(tmp_path / "worklog.log")()
        logging.getLogger("worklog.cli.uploader").warning("sync put off")
    finally:
        root.handlers = handlers

    assert capfd.readouterr().err == ""
    assert not (tmp_path / "worklog.log").exists()
