"""`login`, `sync`, `logout`, `whoami` and the uploader, against a service on a real socket."""

from __future__ import annotations

import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import typer

from tests.support.cache_values import (
    ACME,
    NINE,
    SLOT,
    FixedClock,
    amendment,
    capture,
    part,
    picture,
)
from tests.support.fake_service import FakeService, serve
from tests.support.fakes import FakeChance
from tests.support.fault_proxy import Fault, FaultProxy, html, status
from tests.support.snapshots import SNAPSHOT
from tests.support.until import until
from worklog.app.events import Event, EventKind
from worklog.app.sync import Outcome
from worklog.cli import outstanding, syncing
from worklog.cli.context import AppContext
from worklog.cli.main import run
from worklog.cli.uploader import Uploader
from worklog.clock import SystemClock
from worklog.domain.amendment import Describe, Key
from worklog.domain.contract import Policy, Screenshots, Terms
from worklog.domain.grid import Slot
from worklog.domain.part import Part
from worklog.errors import (
    CacheUnwritableError,
    ConflictError,
    NotFoundError,
    ServiceAuthError,
    ServiceProtocolError,
    ServiceUnreachableError,
    UsageError,
    VersionRefusedError,
    WorklogError,
)
from worklog.remote.address import is_same_origin, normal_address
from worklog.remote.token_file import Login, Logins
from worklog.remote.transport import retry_after
from worklog.remote.vault import KeyringVault, find_vault
from worklog.wire.sync.changes import ContractChange


class Clock(FixedClock):
    """The wall clock of the test, the boot clock of the machine: deadlines are real."""

    def boot_ns(self) -> int:
        return SystemClock().boot_ns()


@pytest.fixture
def service() -> FakeService:
    made = FakeService(contracts={ACME.contract_id})
    made.feed.append(ContractChange(replace(ACME, terms=(Terms(currency="EUR"),))))
    made.now = NINE
    return made


@pytest.fixture
def proxy(service: FakeService) -> Iterator[FaultProxy]:
    with serve(service) as target, FaultProxy(target) as made:
        service.origin = made.url
        yield made


@pytest.fixture
def context() -> Iterator[AppContext]:
    made = AppContext(os.environ, clock=Clock(NINE))
    made.is_interactive = False
    yield made
    made.let_go()


def move(context: AppContext, **span: float) -> None:
    clock = context.clock
    assert isinstance(clock, Clock)
    clock.instant += timedelta(**span)


def record(context: AppContext, slot: int = 0) -> Part:
    """Seal a part with a picture; the clock goes past its review."""
    cell = Slot(SLOT.index + slot)
    shot = picture(f"slot {slot}")
    contract = {c.name: c for c in context.cache.contracts()}["acme"]
    made = part(
        slot + 1,
        slot=cell,
        device=context.cache.device,
        contract=contract,
        captures=(capture(shot, at=cell.start),),
    )
    context.cache.add_pictures(made, {0: shot})
    context.cache.seal(made)
    move(context, minutes=20)
    return made


def log_in(context: AppContext, proxy: FaultProxy) -> None:
    assert run(["login", proxy.url], context) == 0
    assert run(["sync"], context) == 0


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_login_shows_a_code_pins_the_key_and_sync_sends_everything(
    context: AppContext,
    proxy: FaultProxy,
    service: FakeService,
    capsys: pytest.CaptureFixture[str],
) -> None:
    service.polls += ["authorization_pending", "slow_down"]
    log_in(context, proxy)
    assert "WDJB-MJHT" in capsys.readouterr().err
    made = record(context)

    assert run(["sync", "--status"], context) == 0
    assert "1 segment" in said(capsys)
    assert run(["sync"], context) == 0

    assert "1 part, 1 picture sent" in said(capsys)
    assert set(service.parts) == {made.part_id}
    assert run(["sync", "--status", "--json"], context) == 0
    (shown,) = json.loads(said(capsys))["data"]["services"]
    assert (shown["segments"], shown["problem"]) == (0, None)
    (file,) = Path(context.places.config, "logins").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(["whoami"], context) == 0
    assert f"ada at {proxy.url}" in said(capsys)


def test_t11_the_token_is_shown_nowhere(
    context: AppContext, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    log_in(context, proxy)

    found = capsys.readouterr()

    assert "new-token" not in found.out + found.err
    assert "new-token" not in repr(syncing.logins_of(context).find(proxy.url))


def test_logout_forgets_the_token_and_keeps_what_waits(
    context: AppContext, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    log_in(context, proxy)
    record(context)

    assert run(["logout"], context) == 0

    assert run(["sync"], context) == NotFoundError.exit_code
    assert run(["whoami"], context) == NotFoundError.exit_code
    assert outstanding.outstanding(context).segments == 1
    assert run(["logout"], context) == 0
    assert "Not logged in" in said(capsys)


@pytest.mark.parametrize("answer", ["access_denied", "expired_token", "expired"])
def test_a_login_that_nobody_confirms_ends(
    context: AppContext, proxy: FaultProxy, service: FakeService, answer: str
) -> None:
    service.polls += ["authorization_pending"] * 300 if answer == "expired" else [answer]
    context.clock = FixedClock(NINE)

    assert run(["login", proxy.url], context) == ServiceAuthError.exit_code

    assert syncing.logins_of(context).services() == []


def test_a_poll_that_is_lost_is_made_again(context: AppContext, proxy: FaultProxy) -> None:
    proxy.script([Fault(), Fault(), Fault(refuse=True), status(503), Fault()])

    assert run(["login", proxy.url], context) == 0


def test_t26_a_page_at_another_address_is_not_shown(
    context: AppContext, proxy: FaultProxy, service: FakeService
) -> None:
    service.origin = "https://phishing.example"

    assert run(["login", proxy.url], context) == ServiceProtocolError.exit_code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"WDJB-MJHT", b"\\u001b[2J"),
        (b'"Bearer"', b'"MAC"'),
        (b"new-token-of-192-random-bits", b"short"),
    ],
)
def test_a_code_or_token_that_is_none_is_refused(
    context: AppContext, proxy: FaultProxy, old: bytes, new: bytes
) -> None:
    def rewrite(reply: bytes) -> bytes:
        head, end, body = reply.partition(b"\r\n\r\n")
        body = body.replace(old, new)
        lines = [line for line in head.split(b"\r\n") if b"content-length" not in line.lower()]
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body)]) + end + body

    proxy.script([Fault(rewrite=rewrite)] * 3)

    assert run(["login", proxy.url], context) == ServiceProtocolError.exit_code


def test_a_service_out_of_reach_leaves_everything_queued_and_says_so(
    context: AppContext, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    log_in(context, proxy)
    record(context)
    proxy.target = None

    assert run(["sync"], context) == ServiceUnreachableError.exit_code

    found = outstanding.outstanding(context)
    assert (found.segments, dict(found.amounts)) == (1, {})
    assert any("cannot be reached" in warning for warning in found.warnings)
    (remark,) = outstanding.sync_remarks(context)
    assert not remark.is_fine
    capsys.readouterr()
    assert run(["sync", "--status"], context) == 0
    text = said(capsys)
    assert "late after Mon 23 Nov 2026 12:00" in text
    assert "service-unreachable" in text


def test_status_and_doctor_say_what_waits_why_its_money_and_the_lock(
    context: AppContext,
    proxy: FaultProxy,
    service: FakeService,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rated = replace(ACME, terms=(Terms(currency="EUR", rate=Decimal(60)),))
    service.feed[:] = [ContractChange(rated)]
    log_in(context, proxy)
    record(context)
    move(context, minutes=-15)
    capsys.readouterr()

    assert run(["status"], context) == 0
    waiting = " ".join(said(capsys).split())
    assert run(["status", "--json"], context) == 0
    outbox = json.loads(said(capsys))["data"]["outbox"]
    service.refusal = ServiceAuthError("gone")
    move(context, minutes=20)
    assert run(["sync"], context) == ServiceAuthError.exit_code
    capsys.readouterr()
    assert run(["status"], context) == 0
    refused = said(capsys)
    assert run(["status", "--format", "waybar"], context) == 0
    bar = said(capsys)
    assert run(["status", "--format", "prompt"], context) == 0
    prompt = said(capsys)
    assert run(["doctor"], context) == 0
    doctor = said(capsys)

    assert "1 segment not uploaded yet, worth 10.00 EUR; in review until 09:20;" in waiting
    assert "late after Mon 23 Nov 2026 12:00, in" in waiting
    assert (outbox["segments"], outbox["why"]) == (1, "in review until 09:20")
    assert outbox["amounts"] == [{"amount": "10.00", "currency": "EUR"}]
    assert outbox["locks_at"] == "2026-11-23T12:00:00Z"
    assert [one["parts"] for one in outbox["services"]] == [1]
    assert f"! {proxy.url}: gone" in refused
    assert "gone" in bar
    assert prompt == ""
    assert "worklog login" in doctor


@pytest.mark.parametrize(("minutes", "side"), [(30, "behind"), (-30, "ahead of")])
def test_f38_status_and_doctor_say_that_the_clocks_are_apart(  # noqa: PLR0917 -- fixtures
    context: AppContext,
    proxy: FaultProxy,
    service: FakeService,
    capsys: pytest.CaptureFixture[str],
    minutes: int,
    side: str,
) -> None:
    service.now = context.clock.now() + timedelta(minutes=minutes)

    log_in(context, proxy)

    wanted = f" min {side} the service's"
    assert any(wanted in warning for warning in outstanding.outstanding(context).warnings)
    assert any(wanted in remark.message for remark in outstanding.sync_remarks(context))
    capsys.readouterr()
    assert run(["sync", "--status"], context) == 0
    assert wanted in said(capsys)


def test_without_a_login_status_says_so_and_without_a_service_doctor_is_silent(
    context: AppContext, proxy: FaultProxy
) -> None:
    assert outstanding.outstanding(context) == outstanding.Outstanding()
    assert outstanding.sync_remarks(context) == []
    log_in(context, proxy)
    record(context)
    assert outstanding.outstanding(context).why == "ready to leave"
    assert run(["logout"], context) == 0

    (warning,) = outstanding.outstanding(context).warnings

    assert "not logged in; worklog login" in warning


def test_what_was_refused_is_told_with_a_partial_status(
    context: AppContext, proxy: FaultProxy, service: FakeService
) -> None:
    log_in(context, proxy)
    record(context)
    service.contracts.clear()

    assert run(["sync"], context) == 3

    assert any("refused (not-found)" in text for text in outstanding.outstanding(context).warnings)


def test_f59_what_a_closed_contract_refuses_stays_and_can_be_carried_elsewhere(
    context: AppContext, proxy: FaultProxy, service: FakeService, tmp_path: Path
) -> None:
    log_in(context, proxy)
    made = record(context)
    service.contracts.clear()
    assert run(["sync"], context) == 3
    file = str(tmp_path / "outbox.zip")

    assert run(["sync", "--export", file], context) == 0

    with zipfile.ZipFile(file) as load:
        assert f"part/{made.part_id}" in load.namelist()
        assert f"picture/{made.part_id}.0" in load.namelist()


def test_f53_a_login_page_of_the_network_is_named_and_everything_stays_queued(
    context: AppContext, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    log_in(context, proxy)
    record(context)
    proxy.script([html()])

    assert run(["sync"], context) == ServiceProtocolError.exit_code

    assert "a login page of the network" in capsys.readouterr().err
    found = outstanding.outstanding(context)
    assert found.segments == 1
    assert any("cannot be understood" in warning for warning in found.warnings)
    assert run(["sync"], context) == 0
    drained = outstanding.outstanding(context)
    assert drained.segments == 0
    assert not any("cannot be understood" in warning for warning in drained.warnings)


def test_options_that_exclude_each_other_are_refused(context: AppContext) -> None:
    assert run(["sync", "--status", "--export", "x"], context) == UsageError.exit_code


def test_without_a_service_nothing_waits(
    context: AppContext, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sync", "--status"], context) == 0
    assert "stays on this machine" in said(capsys)
    assert run(["sync"], context) == NotFoundError.exit_code
    assert run(["sync", "--export", "x"], context) == NotFoundError.exit_code


def test_an_outbox_travels_by_file_and_its_receipts_come_back(
    context: AppContext, proxy: FaultProxy, service: FakeService, tmp_path: Path
) -> None:
    log_in(context, proxy)
    made = record(context)
    file = str(tmp_path / "outbox.zip")

    assert run(["sync", "--export", file], context) == 0
    assert run(["sync", "--export", file], context) == ConflictError.exit_code
    assert run(["sync", "--import", file], context) == 0
    assert (set(service.parts), len(service.pictures)) == ({made.part_id}, 1)
    assert outstanding.outstanding(context).segments == 1
    assert run(["sync", "--import", f"{file}.receipts"], context) == 0

    assert outstanding.outstanding(context).segments == 0
    assert run(["sync", "--import", str(tmp_path / "none")], context) == NotFoundError.exit_code


@pytest.mark.parametrize("name", ["../evil", "part/../../evil", "part/x", "picture/\0", "a" * 300])
def test_t5_a_file_with_other_names_is_refused_whole(
    context: AppContext, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "outbox.zip"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("worklog-outbox.json", '{"v":1,"kind":"outbox","service":"https://x"}')
        made.writestr(name, "evil")

    assert run(["sync", "--import", str(file)], context) == ConflictError.exit_code
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outbox.zip"]


def test_r30_a_wider_policy_is_asked_for_on_a_terminal_and_kept_waiting_elsewhere(
    context: AppContext,
    proxy: FaultProxy,
    service: FakeService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a person types at Typer's question is played."""
    log_in(context, proxy)
    wider = Policy(2, screenshots=Screenshots.REQUIRED)
    service.feed.append(ContractChange(replace(ACME, terms=(Terms(policy=wider),))))

    assert run(["sync"], context) == 0
    before = context.cache.contracts()[0].terms[-1].policy
    (asked,) = outstanding.outstanding(context).warnings
    assert run(["sync", "--status"], context) == 0
    context.is_interactive = True
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: True)
    assert run(["sync"], context) == 0

    assert before.version == 1
    assert "acme asks to record more than you agreed to" in asked
    assert outstanding.outstanding(context).warnings == ()
    assert context.cache.contracts()[0].terms[-1].policy == wider


# --- The uploader -------------------------------------------------------------------------


def test_the_uploader_sends_what_was_sealed_and_ends_with_the_tracker(
    context: AppContext, proxy: FaultProxy, service: FakeService
) -> None:
    log_in(context, proxy)
    with syncing.uploads(context) as uploader:
        assert uploader is not None
        made = record(context)
        uploader.event(Event(EventKind.SEALED, NINE, "sealed"))

        assert until(lambda: len(service.pictures) == 1)

    assert set(service.parts) == {made.part_id}


def test_without_a_login_there_is_no_uploader(context: AppContext) -> None:
    with syncing.uploads(context) as uploader:
        assert uploader is None


def test_an_unsafe_login_is_told_and_tracking_goes_on(
    context: AppContext, proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    log_in(context, proxy)
    (file,) = Path(context.places.config, "logins").iterdir()
    file.chmod(0o644)

    with syncing.uploads(context) as uploader:
        assert uploader is None

    assert "others may read" in capsys.readouterr().err


def test_the_end_of_tracking_does_not_wait_for_a_service_that_hangs(
    context: AppContext, proxy: FaultProxy
) -> None:
    log_in(context, proxy)
    asked = len(proxy.seen)
    proxy.script([Fault(hang=True)])
    with syncing.uploads(context) as uploader:
        assert uploader is not None
        assert until(lambda: len(proxy.seen) > asked)
        begun_ns = SystemClock().boot_ns()

    assert SystemClock().boot_ns() - begun_ns < 2e9
    assert uploader.has_ended


def test_what_a_person_should_know_is_told_once_and_a_network_that_is_away_is_not() -> None:
    lines = Lines(
        Outcome(notes=["The clocks are apart."]),
        Outcome(notes=["The clocks are apart."]),
        ServiceUnreachableError("no network"),
        VersionRefusedError("too old", hint="Update worklog."),
        VersionRefusedError("too old", hint="Update worklog."),
    )
    clock, told = FixedClock(NINE), list[Event]()
    uploader = Uploader(
        lambda: ["s"],
        lambda _: lines,  # type: ignore[arg-type,return-value]  # plays one
        clock=clock,
        chance=FakeChance(),
    )
    uploader.attach(told.append)

    for _ in range(5):
        uploader.round()
        clock.instant += timedelta(hours=2)
        uploader.tick(SNAPSHOT)

    assert [event.message for event in told] == [
        "The clocks are apart.",
        "Syncing waits: too old Update worklog.",
    ]


class Lines:
    """Plays syncers: each run does what the next of *plays* says."""

    def __init__(self, *plays: object) -> None:
        self.plays = list(plays)
        self.runs = 0
        self.put_off_until: list[object] = []
        self.closed = 0
        self.syncer = self

    def abort(self) -> None:
        """There is no network."""

    def run(self, stop: threading.Event, *, tell: Callable[[Outcome], None]) -> object:
        del stop
        self.runs += 1
        play = self.plays.pop(0)
        if isinstance(play, tuple):
            done, play = play
            tell(done)
        if isinstance(play, WorklogError):
            raise play
        return play

    def put_off(self, until_: object) -> None:
        self.put_off_until.append(until_)

    def close(self) -> None:
        self.closed += 1


def test_a_failure_is_not_tried_again_before_its_time_whatever_is_sealed() -> None:
    clock = FixedClock(NINE)
    lines = Lines(ServiceUnreachableError("x"), ServiceAuthError("x"), Outcome())
    uploader = Uploader(
        lambda: ["s"],
        lambda _: lines,  # type: ignore[arg-type,return-value]  # plays one
        clock=clock,
        chance=FakeChance(),
    )

    first = uploader.round()
    assert (uploader.round(), lines.runs) == (first, 1)
    clock.instant += timedelta(seconds=first)
    assert (uploader.round(), lines.runs) == (300.0, 2)
    clock.instant += timedelta(seconds=300)
    assert (uploader.round(), lines.runs) == (300.0, 3)
    assert (len(lines.put_off_until), lines.closed) == (2, 2)


def test_f54_a_line_that_drops_now_and_then_is_not_left_alone_for_longer_and_longer() -> None:
    clock = FixedClock(NINE)
    lines = Lines(
        *[ServiceUnreachableError("x")] * 6, (Outcome(pictures=1), ServiceUnreachableError("x"))
    )
    uploader = Uploader(
        lambda: ["s"],
        lambda _: lines,  # type: ignore[arg-type,return-value]  # plays one
        clock=clock,
        chance=FakeChance(),
    )

    rests = []
    for _ in range(7):
        rests.append(uploader.round())
        clock.instant += timedelta(seconds=rests[-1])

    assert rests[:6] == sorted(rests[:6])
    assert rests[5] > 20
    assert rests[6] <= 2


# --- Addresses, tokens, dates -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("diary.example", "https://diary.example"),
        ("https://Diary.Example/", "https://diary.example"),
        ("https://diary.example:443", "https://diary.example"),
        ("https://diary.example:8443", "https://diary.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_address_has_one_form(text: str, address: str) -> None:
    assert normal_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://diary.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "ftp://diary.example",
        "https://ada:secret@diary.example",
        "https://diary.example/path",
        "https://diary.example?x=1",
        "https://diary.example:port",
        "https://a b",
        "https://[::1",
    ],
)
def test_t12_an_address_that_is_none_or_not_encrypted_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        normal_address(text)

    assert "secret" not in str(caught.value)


def test_t26_pages_of_the_login_lie_on_the_service_itself() -> None:
    address = "https://diary.example"

    assert is_same_origin("https://diary.example/device?code=1", address)
    for url in ("https://evil.example/", "https://diary.example@evil.example/", "//", "http://["):
        assert not is_same_origin(url, address)


def login_(service: str = "https://diary.example") -> Login:
    return Login(service, "secret-token-of-ours", b"k" * 32, "ada", "laptop")


def test_a_login_is_kept_whole_and_replaced_whole(tmp_path: Path) -> None:
    logins = Logins(str(tmp_path / "config"))
    logins.save(login_())
    logins.save(replace(login_(), account="eve"))

    assert logins.find("https://diary.example") == replace(login_(), account="eve")
    assert logins.find("https://other.example") is None
    assert logins.services() == ["https://diary.example"]
    assert logins.remove("https://diary.example")
    assert not logins.remove("https://diary.example")


@pytest.mark.parametrize("harm", ["readable", "link", "second-name", "folder", "damaged"])
def test_t9_a_login_that_is_not_safe_is_refused(tmp_path: Path, harm: str) -> None:
    logins = Logins(str(tmp_path / "config"))
    logins.save(login_())
    path = Path(logins.path("https://diary.example"))
    if harm == "readable":
        path.chmod(0o640)
    elif harm == "link":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    elif harm == "second-name":
        os.link(path, tmp_path / "twin")
    elif harm == "folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(b"\xff")

    with pytest.raises(ServiceAuthError) as caught:
        logins.find("https://diary.example")

    assert "secret-token" not in str(caught.value)


def test_t9_a_loose_umask_and_a_file_that_was_there_leave_it_private(tmp_path: Path) -> None:
    logins = Logins(str(tmp_path / "config"))
    path = Path(logins.path("https://diary.example"))
    path.parent.mkdir(parents=True)
    path.write_text("planted")
    path.chmod(0o666)
    before = os.umask(0)
    try:
        logins.save(login_())
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


class Library:
    """The interface of the library keyring, in memory or broken."""

    def __init__(self, *, is_broken: bool = False) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self._is_broken = is_broken

    def _check(self) -> None:
        if self._is_broken:
            msg = "no keyring here"
            raise RuntimeError(msg)

    def get_password(self, service: str, name: str) -> str | None:
        self._check()
        return self.secrets.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self._check()
        self.secrets[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        self._check()
        del self.secrets[service, name]


@pytest.mark.parametrize("is_broken", [True, False])
def test_a_keyring_keeps_the_token_where_there_is_one(tmp_path: Path, *, is_broken: bool) -> None:
    library = Library(is_broken=is_broken)
    logins = Logins(str(tmp_path / "config"), vault=KeyringVault(library))
    logins.save(login_())
    content = Path(logins.path("https://diary.example")).read_text()

    assert logins.find("https://diary.example") == login_()
    assert ("secret-token" in content) is is_broken
    assert logins.remove("https://diary.example")
    assert library.secrets == {}
    assert KeyringVault(library).get("x") is None
    assert find_vault() is None or isinstance(find_vault(), KeyringVault)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("120", 120.0),
        ("Mon, 16 Nov 2026 09:02:00 GMT", 120.0),
        ("Mon, 16 Nov 2026 09:02:00 -0000", 120.0),
        ("Mon, 16 Nov 2026 08:00:00 GMT", 0.0),
    ],
)
def test_f52_retry_after_is_seconds_or_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NINE) == seconds


# --- Files and threads in trouble ---------------------------------------------------------


def test_changes_travel_by_file_as_well(
    context: AppContext, proxy: FaultProxy, service: FakeService, tmp_path: Path
) -> None:
    log_in(context, proxy)
    made = record(context)
    key = Key(made.slot, made.contract)
    context.cache.amend(
        amendment(Describe((key,), memo="x"), device=context.cache.device, at=context.clock.now())
    )
    file = str(tmp_path / "outbox.zip")

    assert run(["sync", "--export", file], context) == 0
    service.contracts.clear()
    assert run(["sync", "--import", file], context) == NotFoundError.exit_code
    assert run(["sync", "--import", f"{file}.receipts"], context) == 0

    assert len(service.amendments) == 1
    assert outstanding.outstanding(context).segments == 1
    (file_in_no_folder,) = [str(tmp_path / "none" / "outbox.zip")]
    assert run(["sync", "--export", file_in_no_folder], context) == 23


@pytest.mark.parametrize(
    "members",
    [
        {"part/01932b00-0000-7000-8000-00000000ac3e": "{}"},
        {"worklog-outbox.json": '{"v":2,"kind":"outbox","service":"https://x"}'},
        {
            "worklog-outbox.json": '{"v":1,"kind":"outbox","service":"https://x"}',
            "amendment/01932b00-0000-7000-8000-00000000ac3e": '{"id":"another"}',
        },
        {
            "worklog-outbox.json": '{"v":1,"kind":"outbox","service":"https://x"}',
            "part/01932b00-0000-7000-8000-00000000ac3e": "x" * (2 << 20),
        },
    ],
)
def test_t5_a_file_of_another_kind_is_refused(
    context: AppContext, tmp_path: Path, members: dict[str, str]
) -> None:
    file = tmp_path / "outbox.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)

    assert run(["sync", "--import", str(file)], context) == ConflictError.exit_code


def test_a_service_that_cannot_be_opened_is_tried_again_later() -> None:
    def refuse(_: str) -> Lines:
        msg = "no login"
        raise ServiceAuthError(msg)

    def no_services() -> list[str]:
        msg = "unsafe"
        raise ServiceAuthError(msg)

    clock, chance = FixedClock(NINE), FakeChance()
    closed = Uploader(lambda: ["s"], refuse, clock=clock, chance=chance)  # type: ignore[arg-type]  # plays one
    unsafe = Uploader(no_services, refuse, clock=clock, chance=chance)  # type: ignore[arg-type]  # plays one

    assert (closed.round(), unsafe.round()) == (300.0, 300.0)


def test_the_rest_of_the_uploader_ends_when_something_may_leave() -> None:
    clock = FixedClock(NINE)
    lines = Lines(
        Outcome(rest=NINE + timedelta(seconds=90)), Outcome(rest=NINE - timedelta(seconds=9))
    )
    uploader = Uploader(
        lambda: ["s"],
        lambda _: lines,  # type: ignore[arg-type,return-value]  # plays one
        clock=clock,
        chance=FakeChance(),
    )

    assert (uploader.round(), uploader.round()) == (90.0, 1.0)


def test_a_cache_in_trouble_does_not_end_the_uploader() -> None:
    class Troubled(Lines):
        def put_off(self, until_: object) -> None:
            del until_
            msg = "full"
            raise CacheUnwritableError(msg)

    lines = Troubled(ServiceUnreachableError("x"))
    uploader = Uploader(
        lambda: ["s"],
        lambda _: lines,  # type: ignore[arg-type,return-value]  # plays one
        clock=FixedClock(NINE),
        chance=FakeChance(),
    )

    assert uploader.round() > 0
    assert lines.closed == 1


def test_a_service_without_a_login_here_says_which_command_helps(
    context: AppContext, proxy: FaultProxy, tmp_path: Path
) -> None:
    log_in(context, proxy)
    record(context)
    file = str(tmp_path / "outbox.zip")
    assert run(["sync", "--export", file], context) == 0
    assert run(["logout"], context) == 0

    assert run(["sync", "--import", file], context) == ServiceAuthError.exit_code
