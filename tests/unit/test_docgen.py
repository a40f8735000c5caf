"""What is generated says what the program does, and the manual's examples are read by it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.cache_values import ACME, NINE, SLOT, capture, part, picture
from worklog.app.status import TrackerStatus, status_document
from worklog.cache import whole
from worklog.cache.ledger import Ledger
from worklog.cli.docgen import grammar, interchange, mdoc, statuses
from worklog.cli.docgen.command_page import COMMON, command_page
from worklog.cli.docgen.formats import CHANGES, FIELDS, HEADER, JOURNAL, SEGMENT, tables
from worklog.cli.docgen.manual import manual, status_fields
from worklog.cli.docgen.shell import all_commands, key_words
from worklog.cli.docgen.tree import Command, Parameter, Values, tree
from worklog.cli.json import segment_view
from worklog.cli.params import Absolute
from worklog.cli.registry import COMMANDS
from worklog.config import KEYS
from worklog.domain.amendment import Key
from worklog.domain.canonical import parse
from worklog.domain.contract import Week, local_terms
from worklog.domain.grid import Slot
from worklog.domain.ids import ContractId, DeviceId
from worklog.domain.ranges import Recent, parse_range, parse_segments
from worklog.domain.segment import Bill, BilledSegment, Reason, Segment
from worklog.domain.times import parse_duration, parse_time
from worklog.errors import registry
from worklog.reports.exports import formats as exports
from worklog.reports.readers import formats as readers
from worklog.wire.amendment import _DECODERS
from worklog.wire.part import fields_of, header_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 19, 9, 7, tzinfo=UTC)
ABSOLUTE = Absolute(NOW.date())
ALL = list(all_commands(tree()))


def week_of(instant: datetime) -> Week:
    return Week.containing(instant, local_terms(BERLIN, NOW))


@pytest.mark.parametrize("text", [one for form in grammar.TIMES for one in form.examples])
def test_each_time_of_the_manual_is_read(text: str) -> None:
    found = parse_time(text, now=NOW, zone=BERLIN, absolute=ABSOLUTE, allow_future=True)

    assert abs(found - NOW) < timedelta(days=8)


@pytest.mark.parametrize("text", [one for form in grammar.DURATIONS for one in form.examples])
def test_each_duration_of_the_manual_is_read(text: str) -> None:
    assert parse_duration(text) > timedelta(0)


@pytest.mark.parametrize("text", [one for form in grammar.RANGES for one in form.examples])
def test_each_range_of_the_manual_is_read(text: str) -> None:
    found = parse_range(text, now=NOW, zone=BERLIN, week=week_of, absolute=ABSOLUTE)

    assert found.start < NOW


@pytest.mark.parametrize("text", [one for form in grammar.SEGMENTS for one in form.examples])
def test_each_way_to_name_segments_of_the_manual_is_read(text: str) -> None:
    found = parse_segments(text, now=NOW, zone=BERLIN, week=week_of, absolute=ABSOLUTE)

    assert isinstance(found, Recent) == text.startswith("@")


def test_the_tree_has_every_command_that_the_help_lists() -> None:
    listed = [entry.name for entry in COMMANDS if not entry.is_hidden]

    assert [command.name for command in tree()] == listed


@pytest.mark.parametrize("command", ALL, ids=lambda command: str(command.path))
def test_every_command_has_a_summary_help_for_what_it_takes_and_an_example(
    command: Command,
) -> None:
    assert command.summary.endswith(".")
    assert all(found.help for found in (*command.options, *command.arguments))
    example = [line for inner in command.walk() for line in inner.examples]
    assert example
    assert all(line.startswith(("worklog ", "WORKLOG_HOME=", "open ")) for line in example)


@pytest.mark.parametrize(
    "command", [one for one in ALL if not one.commands], ids=lambda command: str(command.path)
)
def test_every_command_has_the_common_options(command: Command) -> None:
    names = {option.names for option in command.options}

    assert {option.names for option in COMMON} <= names


def test_every_command_says_which_exit_statuses_it_can_give() -> None:
    known = {error.code for error in registry()}

    assert set(statuses.OF_COMMAND) == {entry.name for entry in COMMANDS if not entry.is_hidden}
    assert {code for codes in statuses.OF_COMMAND.values() for code in codes} <= known


def test_every_exit_status_is_in_the_manual_once() -> None:
    rows = statuses.all_rows()

    numbers = [status for status, _, _ in rows]
    assert numbers == sorted(set(numbers))
    assert set(numbers) == {0, 1, 130, 143} | {error.exit_code for error in registry()}
    assert all(meaning for _, _, meaning in rows)


def test_the_manual_has_every_setting_and_every_command() -> None:
    text = manual(tree())

    assert all(f".It Ic {mdoc.code(key.name)}\n" in text for key in KEYS)
    assert all(f".Xr {command.page} 1" in text for command in tree())


def test_the_manual_describes_every_field_of_the_status_file() -> None:
    status = TrackerStatus(since=NOW, as_of=NOW, contract="acme", session="s")
    document = status_document(status, pid=1, boot="b")

    described = {name.strip("` ") for names, _ in status_fields() for name in names.split("·")}

    assert described == set(document)


def test_the_page_of_a_group_has_all_of_its_commands() -> None:
    group = next(command for command in tree() if command.commands)

    page = command_page(group)

    assert all(f".Nm worklog {inner.path}\n" in page for inner in group.commands)


def test_the_formats_name_every_table_of_the_cache() -> None:
    names = [name for name, _ in tables()]

    assert {"parts", "segments", "amendments", "images"} <= set(names)
    assert all(len(meaning) > 1 for _, meaning in tables())


def test_settings_with_words_to_choose_from_are_offered_with_them() -> None:
    offered = dict(key_words())

    assert offered["idle.action"] == ("pause", "stop", "keep")
    assert offered["camera"] == ("yes", "no")
    assert "idle.after" not in offered


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("Run `worklog -h`.", ["Run \\fBworklog \\-h\\fR."]),
        (".worklog is a file.", ["\\&.worklog is a file."]),
        ("a \\ b", ["a \\e b"]),
        ("▮ · …", ["\\[u25AE] \\[u00B7] \\[u2026]"]),
    ],
)
def test_prose_becomes_mdoc_with_a_sentence_a_line(text: str, lines: list[str]) -> None:
    assert mdoc.prose(text) == lines


def test_paragraphs_are_kept_apart() -> None:
    assert mdoc.prose("One.", "Two.") == ["One.", ".Pp", "Two."]


@pytest.mark.parametrize(
    ("word", "made"),
    [
        ("last week", 'Li "last week"'),
        ("No", "Li \\&No"),
        ('"', "Li \\(dq"),
        ("it's", "Li it\\(aqs"),
        ("-20m", "Li \\-20m"),
    ],
)
def test_a_word_is_no_macro(word: str, made: str) -> None:
    assert mdoc.words(word) == made


def test_a_parameter_without_a_value_is_a_flag() -> None:
    assert Parameter(("--json",), "", "Print.").is_flag
    assert not Parameter(("--at",), "TIME", "When.", Values.TEXT).is_flag


def test_what_the_formats_tell_is_what_the_code_writes() -> None:
    """Names of members, held to the encoders by values that use every one of them."""
    shot = capture(picture("a"), NINE)
    made = part(device=DeviceId("d"), contract=ACME, slot=SLOT, captures=(shot,))
    fields = fields_of(made, lambda: bytes(32))
    header = parse(header_of(made, fields, stream="s", sequence=1, previous=""))

    assert isinstance(header, dict)
    assert set(header) == names_of(HEADER)
    assert {name.replace(".0", ".N") for name in fields} == names_of(FIELDS)
    assert names_of(CHANGES) == set(_DECODERS)
    assert names_of(JOURNAL) == set(Ledger(sqlite3.connect(":memory:"))._kinds)


def test_every_member_of_a_segment_in_json_is_described() -> None:
    row = BilledSegment(
        Segment(Key(Slot.containing(NOW), ContractId("c"))), Bill(0, Reason.IDLE, None, "")
    )

    assert set(segment_view(row, {})) == names_of(SEGMENT)


def names_of(rows: tuple[tuple[str, str], ...]) -> set[str]:
    return {name for names, _ in rows for name in names.split(" , ")}


def test_the_page_of_interchange_names_what_is_read_and_written() -> None:
    read = {name for names, _ in interchange.IMPORTS for name in names.split(" , ")}
    written = {name for names, _ in interchange.EXPORTS for name in names.split(" , ")}
    kept = {name for names, _ in interchange.RECORDS for name in names.split(" , ")}

    assert read == {*readers.FORMATS}
    assert written == {*exports.FORMATS}
    assert kept == {kind for kinds in whole.ORDER for kind in kinds}
