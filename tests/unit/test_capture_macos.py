"""The ways of macOS on one that a test plays; `tests/contract` has them on a real one."""

from __future__ import annotations

import io

import pytest

from tests.support.fake_macos import KEY, LEFT, OTHER, RIGHT, WHEEL, FakeMac, listed
from worklog.app.ports import Box, Presence, Reading, Window
from worklog.capture.macos_api import NO_SESSION, DesktopSession
from worklog.capture.macos_desktop import MacDesktop
from worklog.capture.macos_input import MacCounters
from worklog.capture.macos_permission import Permission, advice
from worklog.capture.macos_presence import MacPresence
from worklog.capture.macos_ways import on_macos
from worklog.capture.macos_window import MacApplications, MacWindows
from worklog.capture.select import Ways, choose, terminal_lines

BOX = Box(10, 20, 300, 200)
LOOSE = Box(50, 60, 100, 80)
DENIED = "macOS does not allow this terminal Screen Recording"


def desk() -> FakeMac:
    return FakeMac(shown=[listed("Safari", "A page", LOOSE), listed("Code", "a.py", BOX)])


# --- Windows --------------------------------------------------------------------------


def test_r4_the_topmost_ordinary_window_is_the_active_one() -> None:
    mac = desk()
    mac.shown = [listed("Finder", "A panel", LOOSE, layer=3), *(mac.shown or ())]

    assert MacWindows(mac).active() == Window("Safari", "A page", LOOSE)


def test_r29_windows_are_seen_lowest_first_at_any_level() -> None:
    mac = desk()
    mac.shown = [listed("Bitwarden", "", LOOSE, layer=101), *(mac.shown or ())]

    assert MacWindows(mac).visible() == (
        Window("Code", "a.py", BOX),
        Window("Safari", "A page", LOOSE),
        Window("Bitwarden", "", LOOSE),
    )


def test_a_symbol_in_the_menu_bar_does_not_keep_every_picture_away() -> None:
    """Password managers have one all day; what falls out of the bar is a window again."""
    symbol = listed("1Password", "Item-0", Box(900, 0, 30, 24), layer=25)
    bar = listed("Window Server", "Menubar", Box(0, 0, 1440, 38), layer=24)
    cover = listed("1Password", "Quick", Box(0, 0, 400, 300), layer=25)
    nowhere = listed("1Password", "Somewhere", None, layer=25)

    seen = MacWindows(FakeMac(shown=[symbol, bar, cover, nowhere])).visible()

    assert seen == (
        Window("1Password", "Somewhere"),
        Window("1Password", "Quick", Box(0, 0, 400, 300)),
    )


def test_windows_that_nobody_can_see_are_left_out() -> None:
    clear = listed("Ghost", "clear", BOX, alpha=0.0)
    flat = listed("Ghost", "flat", Box(0, 0, 300, 0))
    thin = listed("Ghost", "thin", Box(0, 0, 0, 300))

    way = MacWindows(FakeMac(shown=[clear, flat, thin]))

    assert way.active() is None
    assert way.visible() == ()


def test_f48_what_a_window_says_is_made_harmless() -> None:
    owner, name = "E\x1b[31mvil\0\ud800" + "a" * 200, "\x1b]0;\n\u202e" + "t" * 9999
    mac = FakeMac(shown=[listed(owner, name)])

    active = MacWindows(mac).active()

    assert active is not None
    assert active.application == ("E[31mvil" + "a" * 200)[:80]
    assert active.title == ("]0; " + "t" * 9999)[:512]


def test_f47_without_the_permission_there_is_the_application_and_doctor_says_why() -> None:
    mac = desk()
    mac.allows_screen = False

    windows, applications = MacWindows(mac), MacApplications(mac)

    assert windows.unavailable_reason() == f"{DENIED}, without which titles are hidden"
    assert windows.active() == Window("Safari", "", LOOSE)
    assert windows.visible() is None
    assert applications.unavailable_reason() is None
    assert applications.active() == Window("Safari", "", LOOSE)
    assert applications.visible() is None


def test_f47_a_permission_taken_away_in_the_middle_hides_no_title_from_a_rule() -> None:
    mac = desk()

    def take_away(call: str) -> None:
        if call == "windows":
            mac.allows_screen = False

    mac.before = take_away

    assert MacWindows(mac).visible() is None


@pytest.mark.parametrize("broken", [{"windows"}, {"windows", "may_record_screen"}])
def test_f41_a_window_server_that_does_not_answer_is_said_as_such(broken: set[str]) -> None:
    mac = desk()
    mac.broken = broken

    for way in (MacWindows(mac), MacApplications(mac)):
        assert way.active() is None
        assert way.visible() is None


def test_f41_without_a_list_nobody_can_tell() -> None:
    way = MacWindows(FakeMac(shown=None))

    assert way.active() is None
    assert way.visible() is None


@pytest.mark.parametrize("is_broken", [False, True])
def test_f40_over_ssh_no_way_of_a_desktop_works(*, is_broken: bool) -> None:
    mac = FakeMac(state=None, broken={"session"} if is_broken else set())

    for way in (MacWindows(mac), MacApplications(mac), MacPresence(mac), MacCounters(mac)):
        assert way.unavailable_reason() == NO_SESSION
    assert MacDesktop(mac).refusal() == NO_SESSION


# --- Presence -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "presence"),
    [
        (DesktopSession(is_on_console=True, is_locked=False), Presence.PRESENT),
        (DesktopSession(is_on_console=True, is_locked=True), Presence.LOCKED),
        (DesktopSession(is_on_console=False, is_locked=False), Presence.LOCKED),
        (None, Presence.UNKNOWN),
    ],
)
def test_f45_a_lock_and_a_switched_user_are_seen(
    state: DesktopSession | None, presence: Presence
) -> None:
    way = MacPresence(FakeMac(state=state))

    assert way.presence() is presence
    assert (way.unavailable_reason() is None) == (presence is not Presence.UNKNOWN)


def test_f41_a_session_that_cannot_be_asked_is_unknown() -> None:
    assert MacPresence(FakeMac(broken={"session"})).presence() is Presence.UNKNOWN


# --- Input ----------------------------------------------------------------------------


def test_r7_keys_clicks_and_notches_are_counted_from_the_start_on() -> None:
    mac = FakeMac()
    mac.counters |= {KEY: 70, LEFT: 80, WHEEL: 90}
    way = MacCounters(mac)
    assert way.read() == Reading(0, 0, 0, 0, is_alive=False)

    way.start()
    for kind, more in ((KEY, 4), (LEFT, 1), (RIGHT, 2), (OTHER, 3), (WHEEL, 5)):
        mac.counters[kind] += more

    assert way.read() == Reading(4, 6, 5, 15, is_alive=True)
    assert way.read() == Reading(4, 6, 5, 15, is_alive=True)


def test_starting_twice_loses_nothing() -> None:
    mac = FakeMac()
    way = MacCounters(mac)
    way.start()
    mac.counters[KEY] += 3

    way.start()

    assert way.read() == Reading(3, 0, 0, 3, is_alive=True)


def test_what_came_before_the_stop_counts_and_nothing_after_it() -> None:
    mac = FakeMac()
    way = MacCounters(mac)
    way.stop()
    way.start()
    mac.counters[KEY] += 3

    way.stop()
    mac.counters[KEY] += 4
    stopped = way.read()
    way.start()
    mac.counters[KEY] += 5

    assert stopped == Reading(3, 0, 0, 3, is_alive=False)
    assert way.read() == Reading(8, 0, 0, 8, is_alive=True)


def test_a_counter_that_runs_over_its_32_bits_goes_on() -> None:
    mac = FakeMac()
    mac.counters[KEY] = (1 << 32) - 2
    way = MacCounters(mac)
    way.start()

    mac.counters[KEY] += 5

    assert way.read() == Reading(5, 0, 0, 5, is_alive=True)


def test_r8_a_counter_that_fell_is_a_doubt_and_no_figure_falls() -> None:
    mac = FakeMac()
    mac.counters[KEY] = 1000
    way = MacCounters(mac)
    way.start()
    mac.counters[KEY] = 1002
    way.read()

    mac.counters[KEY] = 1
    fallen = way.read()
    mac.counters[KEY] = 3

    assert fallen == Reading(2, 0, 0, 2, is_alive=True, doubts=1)
    assert way.read() == Reading(4, 0, 0, 4, is_alive=True, doubts=1)


@pytest.mark.parametrize("broken", ["session", "count"])
def test_f41_what_happened_while_nobody_answered_is_unknown(broken: str) -> None:
    mac = FakeMac()
    way = MacCounters(mac)
    way.start()
    mac.counters[KEY] += 2
    way.read()

    mac.broken = {broken}
    mac.counters[KEY] += 100
    without = way.read()
    way.start()
    still_without = way.read()
    mac.broken = set()
    way.start()
    mac.counters[KEY] += 3

    assert without == still_without == Reading(2, 0, 0, 2, is_alive=False)
    assert way.read() == Reading(5, 0, 0, 5, is_alive=True)


def test_counters_that_are_not_given_are_a_reason() -> None:
    way = MacCounters(FakeMac(broken={"count"}))

    assert way.unavailable_reason() == "macOS does not give its counters of input"
    assert MacCounters(FakeMac()).unavailable_reason() is None


# --- The desktop of a picture ---------------------------------------------------------


def test_attention_is_in_the_middle_of_the_active_window_else_at_the_pointer() -> None:
    nowhere = FakeMac(shown=[listed("Code", "a.py", None)])

    assert MacDesktop(desk()).attention() == (100, 100)
    assert MacDesktop(nowhere).attention() == (5, 6)
    assert MacDesktop(FakeMac(at=None)).attention() == (0, 0)
    assert MacDesktop(FakeMac(broken={"windows", "pointer"})).attention() == (0, 0)


# --- Permissions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permission", "call", "name"),
    [
        (Permission.SCREEN, "may_record_screen", "Screen Recording"),
        (Permission.INPUT, "may_listen", "Input Monitoring"),
        (Permission.ACCESSIBILITY, "is_trusted", "Accessibility"),
    ],
)
def test_a_permission_that_cannot_be_asked_for_is_taken_for_missing(
    permission: Permission, call: str, name: str
) -> None:
    nothing = FakeMac(allows_screen=False, allows_listening=False, allows_control=False)

    assert permission.denial(FakeMac()) is None
    assert permission.denial(nothing) == f"macOS does not allow this terminal {name}"
    assert (
        permission.denial(FakeMac(broken={call})) == f"macOS does not say whether {name} is allowed"
    )


def test_the_advice_names_the_terminal_and_the_lists_in_which_to_allow_it() -> None:
    known = advice({"TERM_PROGRAM": "iTerm.app"}, Permission.SCREEN)
    unknown = advice({"TERM_PROGRAM": "tmux"}, Permission.ACCESSIBILITY, Permission.INPUT)

    assert known == (
        "Allow iTerm in System Settings, Privacy & Security, Screen Recording (since macOS 15"
        " Screen & System Audio Recording), with + where it is not listed; then quit and reopen it."
    )
    assert unknown == (
        "Allow your terminal in System Settings, Privacy & Security, Accessibility and Input"
        " Monitoring, with + where it is not listed; then quit and reopen it."
    )


# --- Which way serves -----------------------------------------------------------------


def _chosen(mac: FakeMac) -> Ways:
    return choose([*on_macos(mac, {}), terminal_lines(io.StringIO())])


def _names(ways: Ways) -> list[str | None]:
    each = (ways.screen, ways.input, ways.window, ways.presence)
    return [None if way is None else way.name for way in each]


def test_with_all_permissions_everything_works() -> None:
    assert _names(_chosen(desk())) == ["macos-mss", "macos-counters", "macos", "macos"]


def test_f47_without_any_permission_input_is_counted_and_pictures_say_what_helps() -> None:
    mac = FakeMac(allows_screen=False, allows_listening=False, allows_control=False)

    chosen = _chosen(mac)

    assert _names(chosen) == [None, "macos-counters", "macos-applications", "macos"]
    assert chosen.missing("screen") == f"macos-mss: {DENIED}"
    assert {row.way: row.fix for row in chosen.rows if row.reason and row.port != "notify"} == {
        "macos-mss": advice({}, Permission.SCREEN),
        "macos": advice({}, Permission.SCREEN),
    }


@pytest.mark.parametrize(
    ("mac", "reason"),
    [
        (FakeMac(allows_control=False), "macOS does not allow this terminal Accessibility"),
        (FakeMac(allows_listening=False), "macOS does not allow this terminal Input Monitoring"),
        (
            FakeMac(allows_listening=False, allows_control=False),
            (
                "macOS does not allow this terminal Accessibility; "
                "macOS does not allow this terminal Input Monitoring"
            ),
        ),
    ],
)
def test_pynput_says_which_permission_it_lacks_without_being_loaded(
    mac: FakeMac, reason: str
) -> None:
    (pynput,) = [each for each in on_macos(mac, {}) if each.name == "pynput"]

    assert pynput.build().unavailable_reason() == reason
    assert "Accessibility" in pynput.fix
    assert "Input Monitoring" in pynput.fix


def test_with_its_permissions_pynput_is_the_second_way_to_count() -> None:
    (pynput,) = [each for each in on_macos(FakeMac(), {}) if each.name == "pynput"]

    assert pynput.build().name == "pynput"


def test_f40_over_ssh_the_fix_is_another_place_and_no_permission() -> None:
    chosen = _chosen(FakeMac(state=None, allows_screen=False))

    assert _names(chosen) == [None, None, None, None]
    fixes = {row.fix for row in chosen.rows if row.port != "notify"}
    assert fixes == {"Start worklog in a terminal on the Mac's desktop: it shows nothing over SSH."}
