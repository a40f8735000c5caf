"""`worklog feedback` over a diary full of private things (a canary in each)."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from tests.support.cache_values import NINE, FixedClock, capture, part, picture, session
from tests.support.fake_service import TOKEN, FakeService, serve
from worklog.cache.feedback import figures, kept
from worklog.cache.opening import open_cache
from worklog.cli.context import AppContext
from worklog.cli.main import run
from worklog.domain.contract import Contract
from worklog.domain.ids import ContractId
from worklog.errors import ServiceUnreachableError
from worklog.places import Places, places
from worklog.remote.token_file import Login, Logins

Captured = pytest.CaptureFixture[str]
CANARY = "canary"
SECRET = Contract(
    ContractId("01932b00-0000-7000-8000-00000000ac3e"),
    f"{CANARY}-contract",
    client=f"{CANARY}-client",
    title=f"{CANARY}-title",
    labels=(f"{CANARY}-label",),
)


@pytest.fixture
def here() -> Places:
    return places(os.environ)


@pytest.fixture
def diary(here: Places) -> None:
    """Fill cache, settings and log with canaries."""
    cache = open_cache(here, clock=FixedClock())
    cache.save_contract(SECRET, at=NINE)
    cache.save_session(session(contract=SECRET))
    shot = picture(CANARY)
    made = part(
        device=cache.device,
        contract=SECRET,
        memo=f"{CANARY}-memo",
        title=f"{CANARY}-window",
        captures=(capture(shot),),
    )
    cache.save_open(made)
    cache.seal(made)
    cache.close()
    Path(here.config).mkdir(parents=True)
    Path(here.config_file).write_text(
        'zone = "Europe/Berlin"\n'
        f'capture.withhold = ["default", "title: {CANARY}"]\n'
        'idle.after = "15m"\n'
        f'report.from = "{CANARY}-name"\n'
        f'review.vague = ["default", "{CANARY}"]\n'
    )
    Path(here.log).mkdir(parents=True)
    lines = [
        {"at": "2026-11-19T09:00:00Z", "level": "info", "message": "sealed", "count": 3},
        {"level": "info", "message": "odd", "memo": f"{CANARY}-log", "code": f"x {CANARY}"},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    Path(here.log_file).write_text(f"{text}{CANARY} is no JSON\n[1, 2]\n")


def reports(here: Places) -> list[Path]:
    return sorted(Path(here.data, "feedback").glob("*"))


@pytest.mark.usefixtures("diary")
def test_no_private_thing_is_in_a_report_nor_on_the_screen(here: Places, capsys: Captured) -> None:
    assert run(["feedback", "it flickers", "--yes"]) == 0

    [path] = reports(here)
    printed = capsys.readouterr()
    assert CANARY not in path.read_text() + printed.out + printed.err
    assert "Berlin" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert printed.out == (
        f"Kept in {path}. It is sent with the first sync after `worklog login`.\n"
    )


@pytest.mark.usefixtures("diary")
def test_a_report_has_counts_settings_and_log(here: Places, capsys: Captured) -> None:
    assert run(["feedback", "it flickers", "--yes", "--json"]) == 0

    report = json.loads(capsys.readouterr().out)["data"]["report"]
    assert report == json.loads(reports(here)[0].read_text())
    assert report["settings"] == {
        "capture.withhold": "2 rules",
        "idle.after": "15m",
        "report.from": "set",
        "review.vague": "2 words",
        "zone": "set",
    }
    assert {name: report["cache"][name] for name in ("parts", "segments", "contracts")} == {
        "parts": 1,
        "segments": 1,
        "contracts": 1,
    }
    assert [json.loads(line) for line in report["log"]] == [
        {"at": "2026-11-19T09:00:00Z", "level": "info", "message": "sealed", "count": 3},
        {"level": "info", "message": "odd"},
    ]
    assert {way["port"] for way in report["ways"]} >= {"screen", "input", "window"}


def test_off_a_terminal_nothing_is_kept_without_a_yes(here: Places, capsys: Captured) -> None:
    assert run(["feedback", "it flickers"]) == 2

    assert capsys.readouterr().err.endswith("hint: Say yes with --yes.\n")
    assert reports(here) == []


@pytest.mark.parametrize(("answer", "count"), [("y\n", 1), ("n\n", 0)])
def test_on_a_terminal_it_shows_the_report_first_and_asks(
    here: Places, answer: str, count: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    context = AppContext(os.environ)
    context.is_interactive = True
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: answer == "y\n")

    assert run(["feedback", "it flickers"], context) == 0

    assert "Ways to capture" in capsys.readouterr().err
    assert len(reports(here)) == count


def test_without_a_text_there_is_nothing_to_report(capsys: Captured) -> None:
    assert run(["feedback", "  "]) == 2
    assert 'worklog feedback "TEXT"' in capsys.readouterr().err


def test_the_list_shows_what_waits_oldest_first(here: Places, capsys: Captured) -> None:
    assert run(["feedback", "first\nsecond line", "--yes", "--quiet"]) == 0
    assert run(["feedback", "\x1b[31mlater", "--yes", "--quiet"]) == 0
    (Path(here.data) / "feedback" / "torn.json").write_text("{")
    (Path(here.data) / "feedback" / "odd.json").write_text("[]")
    (Path(here.data) / "feedback" / "zzz.json").write_text('{"written": "never"}')

    assert run(["feedback", "--list"]) == 0

    rows = capsys.readouterr().out.splitlines()
    assert [row.partition("  ")[2] for row in rows] == ["first", "[31mlater", ""]
    assert rows[2].startswith("never")


def test_an_empty_list_says_how_to_write_a_report(capsys: Captured) -> None:
    assert run(["feedback", "--list"]) == 0
    assert capsys.readouterr().out == ("There are no reports. Write one: worklog feedback TEXT.\n")


def test_broken_settings_and_a_damaged_cache_can_be_reported(
    here: Places, capsys: Captured
) -> None:
    Path(here.config).mkdir(parents=True)
    Path(here.config_file).write_text(f"{CANARY} = \n")
    Path(here.data).mkdir(parents=True)
    Path(here.database).write_bytes(b"no database" * 500)

    assert run(["feedback", "help", "--yes", "--json"]) == 0

    report = json.loads(capsys.readouterr().out)["data"]["report"]
    assert report["settings"] == {"settings": "config-invalid"}
    assert report["cache"] == {"database_bytes": 5500, "journal_files": 0, "sqlite_error": 26}
    assert CANARY not in reports(here)[0].read_text()


def test_the_home_folder_is_not_named(
    here: Places, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("DISPLAY", ":99999")
    monkeypatch.setenv("XAUTHORITY", f"{os.environ['HOME']}/.Xauthority")

    assert run(["feedback", "help", "--yes"]) == 0

    assert os.environ["HOME"] not in reports(here)[0].read_text()
    assert capsys.readouterr().out


def test_without_a_cache_there_are_no_figures_and_no_reports(here: Places) -> None:
    assert (figures(here), kept(here)) == ({}, [])


# --- With a service -----------------------------------------------------------------------


@pytest.fixture
def service() -> Iterator[FakeService]:
    """Give a service that this user is logged in to."""
    made = FakeService()
    context = AppContext(os.environ)
    made.tokens[TOKEN] = context.cache.device
    with serve(made) as (host, port):
        login = Login(f"http://{host}:{port}", TOKEN, made.key, "ada")
        Logins(context.places.config).save(login)
        made.origin = login.service
        yield made
    context.let_go()


def test_who_is_logged_in_sends_exactly_what_was_shown(
    here: Places, service: FakeService, capsys: Captured
) -> None:
    assert run(["feedback", "it flickers", "--yes", "--json"]) == 0

    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["sent"], data["file"], data["service"]) == (True, None, service.origin)
    assert service.reports == {data["report"]["id"]: data["report"]}
    assert reports(here) == []


def test_on_a_terminal_it_asks_whether_to_send_and_where(
    here: Places,
    service: FakeService,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    context = AppContext(os.environ)
    context.is_interactive = True
    asked: list[str] = []

    def confirm(text: str, **_: object) -> bool:
        asked.append(text)
        return True

    monkeypatch.setattr(typer, "confirm", confirm)

    assert run(["feedback", "it flickers"], context) == 0

    assert asked == [
        f"Send this report to {service.origin}? It contains what is shown and no more."
    ]
    assert capsys.readouterr().out == f"Sent to {service.origin}. Thank you.\n"
    assert reports(here) == []


def test_a_service_that_is_away_gets_the_report_with_the_next_sync(
    here: Places, service: FakeService, capsys: Captured
) -> None:
    service.refusal = ServiceUnreachableError("down for an hour")
    assert run(["feedback", "it flickers", "--yes"]) == 0

    printed = capsys.readouterr()
    [path] = reports(here)
    assert "down for an hour" in printed.err
    assert printed.out == f"Kept in {path}. It is sent with the next sync.\n"
    service.refusal = None
    assert run(["sync"]) == 0
    assert "1 report sent" in capsys.readouterr().out
    assert [one["text"] for one in service.reports.values()] == ["it flickers"]
    assert reports(here) == []


def test_a_login_that_is_not_safe_is_not_used_for_a_report(
    here: Places, service: FakeService, capsys: Captured
) -> None:
    (file,) = Path(here.config, "logins").iterdir()
    file.chmod(0o644)

    assert run(["feedback", "it flickers", "--yes"]) == 0

    assert len(reports(here)) == 1
    assert service.reports == {}
    assert "Kept in" in capsys.readouterr().out


def test_a_report_goes_to_the_service_of_the_usual_contract(
    here: Places, service: FakeService
) -> None:
    Logins(here.config).save(Login("http://127.0.0.1:1", TOKEN, service.key, "ada"))
    cache = open_cache(here, clock=FixedClock())
    cache.save_contract(replace(SECRET, service=service.origin), at=NINE)
    cache.save_session(session(contract=SECRET))
    cache.close()

    assert run(["feedback", "it flickers", "--yes"]) == 0

    assert len(service.reports) == 1
