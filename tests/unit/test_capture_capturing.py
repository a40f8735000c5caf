from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.fake_capture import (
    FakeCodec,
    FakePresence,
    FakeScreen,
    FakeSecretFinder,
    FakeWindows,
    frame,
)
from worklog.app.capturing import UNREAD, UNSEEN, Capturer, Shot, thumbnail_factor
from worklog.app.covered import ByRule, Covered
from worklog.app.covering import NOWHERE, RESTLESS
from worklog.app.ports import Box, EncodedPicture, Frame, Presence, SecretBox, Window, WithholdRule
from worklog.app.withholding import default_name
from worklog.capture.picture import WebpCodec
from worklog.domain.cover_tally import CoverTally
from worklog.domain.part import Capture, CaptureState
from worklog.domain.secret_forms import SecretKind
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

AT = datetime(2026, 11, 23, 9, 7, tzinfo=UTC)
LEFT, RIGHT = Box(0, 0, 8, 6), Box(8, 0, 8, 6)
EDITOR = Window("Editor", "parser.py", Box(1, 1, 4, 4))
VAULT = Window("KeePassXC", "Passwords", Box(9, 1, 4, 4))
VAULT_TOO = Window("KeePassXC", "Unlock", Box(1, 1, 2, 2))


def capturer(
    screen: FakeScreen | None = None,
    windows: FakeWindows | None = None,
    presence: FakePresence | None = None,
) -> Capturer:
    return Capturer(
        screen or FakeScreen((frame(0, LEFT), frame(1, RIGHT))),
        windows or FakeWindows((EDITOR,)),
        presence or FakePresence(),
        FakeCodec(),
    )


def test_r4_all_monitors_are_pictured_with_their_digests() -> None:
    shot = capturer().capture(AT)

    picture = FakeCodec().encode(frame(0, LEFT))
    sha256 = hashlib.sha256(picture.image).hexdigest()
    thumbnail = hashlib.sha256(picture.thumbnail).hexdigest()
    first = Capture(
        CaptureState.TAKEN, AT, sha256=sha256, thumbnail_sha256=thumbnail, width=8, height=6
    )
    assert shot == Shot(
        captures=(first, replace(first, monitor=1)),
        pictures={0: picture, 1: picture},
        application="Editor",
        title="parser.py",
    )
    assert shot.state is CaptureState.TAKEN


def test_r4_only_the_active_monitor_where_that_is_wanted() -> None:
    screen = FakeScreen((frame(0, LEFT), frame(1, RIGHT)), active=1)

    shot = replace(capturer(screen), active_only=True).capture(AT)

    assert [capture.monitor for capture in shot.captures] == [1]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (CaptureUnavailableError("gone"), CaptureState.NO_DISPLAY),
        (CaptureDeniedError("no"), CaptureState.DENIED),
        (MemoryError(), CaptureState.FAILED),
        (OSError(5, "broken"), CaptureState.FAILED),
    ],
)
def test_r5_a_failed_grab_is_a_state_and_the_window_is_still_noted(
    error: Exception, state: CaptureState
) -> None:
    shot = capturer(FakeScreen(error=error)).capture(AT)

    assert shot == Shot((Capture(state, AT),), application="Editor", title="parser.py")


def test_f40_without_a_screen_the_state_is_no_display() -> None:
    shot = Capturer(None, None, None, FakeCodec()).capture(AT)

    assert shot == Shot((Capture(CaptureState.NO_DISPLAY, AT),))


def test_a_screen_without_monitors_is_no_display() -> None:
    assert capturer(FakeScreen(())).capture(AT).state is CaptureState.NO_DISPLAY


@pytest.mark.parametrize("error", [MemoryError(), OSError("encoder error")])
def test_f05_without_memory_for_encoding_the_capture_failed(error: Exception) -> None:
    shot = replace(capturer(), codec=FakeCodec(error)).capture(AT)

    assert [capture.state for capture in shot.captures] == [CaptureState.FAILED] * 2
    assert shot.pictures == {}


def test_f46_one_dark_monitor_is_blank_and_the_other_is_taken() -> None:
    screen = FakeScreen((frame(0, LEFT, colour=0), frame(1, RIGHT)))

    shot = capturer(screen).capture(AT)

    assert [c.state for c in shot.captures] == [CaptureState.BLANK, CaptureState.TAKEN]
    assert list(shot.pictures) == [1]
    assert shot.state is CaptureState.TAKEN


def test_f45_a_locked_screen_is_never_grabbed() -> None:
    screen = FakeScreen()

    shot = capturer(screen, presence=FakePresence(Presence.LOCKED)).capture(AT)

    assert shot == Shot((Capture(CaptureState.LOCKED, AT),))
    assert screen.grabs == 0


def test_f45_a_screen_that_locks_during_the_grab_is_not_kept() -> None:
    presence = FakePresence(planned=[Presence.PRESENT, Presence.LOCKED])

    shot = capturer(presence=presence).capture(AT)

    assert shot == Shot((Capture(CaptureState.LOCKED, AT),))


def test_a_screen_of_which_nobody_knows_the_lock_is_pictured() -> None:
    shot = capturer(presence=FakePresence(Presence.UNKNOWN)).capture(AT)

    assert shot.state is CaptureState.TAKEN


def test_r29_any_visible_private_window_withholds_the_capture() -> None:
    shot = capturer(windows=FakeWindows((VAULT, EDITOR))).capture(AT)

    assert [capture.state for capture in shot.captures] == [CaptureState.WITHHELD]
    assert shot.pictures == {}
    assert (shot.application, shot.title) == ("Editor", "parser.py")
    assert shot.blocked_by is not None
    assert shot.blocked_by.startswith("KeePassXC (application matches /")
    assert "Passwords" not in shot.blocked_by


def test_r29_a_private_window_that_is_active_is_not_named() -> None:
    shot = capturer(windows=FakeWindows((EDITOR, VAULT))).capture(AT)

    assert shot.state is CaptureState.WITHHELD
    assert (shot.application, shot.title) == (None, None)


def test_r29_a_private_window_that_pops_up_during_the_grab_withholds() -> None:
    windows = FakeWindows((EDITOR,), later=(EDITOR, VAULT))

    assert capturer(windows=windows).capture(AT).state is CaptureState.WITHHELD


def test_r29_a_private_window_that_closes_during_the_grab_withholds() -> None:
    windows = FakeWindows((VAULT, EDITOR), later=(EDITOR,))

    assert capturer(windows=windows).capture(AT).state is CaptureState.WITHHELD


def test_r29_a_private_window_on_a_monitor_that_is_not_captured_does_not_matter() -> None:
    here = replace(capturer(windows=FakeWindows((VAULT, EDITOR))), active_only=True)

    assert here.capture(AT).state is CaptureState.TAKEN


def test_r29_t16_a_private_window_of_which_only_the_title_bar_is_captured_withholds() -> None:
    """Found by a thousand captures of a window that moved at random."""
    below = replace(VAULT, box=Box(0, 6, 4, 4), outer=Box(0, 5, 4, 5))

    assert capturer(windows=FakeWindows((below, EDITOR))).capture(AT).state == "withheld"


def test_r29_a_private_window_of_unknown_place_withholds() -> None:
    anywhere = replace(VAULT, box=None)
    here = replace(capturer(windows=FakeWindows((anywhere, EDITOR))), active_only=True)

    assert here.capture(AT).state is CaptureState.WITHHELD


def test_r29_an_active_private_window_that_no_list_has_withholds() -> None:
    windows = FakeWindows((EDITOR,), focused=replace(VAULT, box=None))

    assert capturer(windows=windows).capture(AT).state is CaptureState.WITHHELD


def test_r29_where_windows_cannot_be_read_nothing_is_kept() -> None:
    shot = capturer(windows=FakeWindows(is_blind=True)).capture(AT)

    assert shot == Shot((Capture(CaptureState.WITHHELD, AT),), blocked_by=UNSEEN)


def test_r29_where_no_way_sees_windows_nothing_is_grabbed() -> None:
    screen = FakeScreen()
    blind = replace(capturer(screen), window=None)

    shot, grabs = blind.capture(AT), screen.grabs
    unruled = replace(blind, rules=()).capture(AT)

    assert shot == Shot((Capture(CaptureState.WITHHELD, AT),), blocked_by=UNSEEN)
    assert grabs == 0
    assert unruled.state is CaptureState.TAKEN


def test_r29_without_rules_nobody_looks_for_windows() -> None:
    shot = replace(capturer(windows=FakeWindows(is_blind=True)), rules=()).capture(AT)

    assert shot.state is CaptureState.TAKEN


def test_r29_own_rules_replace_the_default_ones() -> None:
    rules = (WithholdRule("title", r"^parser"),)

    assert replace(capturer(), rules=rules).capture(AT).state is CaptureState.WITHHELD
    mine = replace(capturer(windows=FakeWindows((VAULT,))), rules=rules)
    assert mine.capture(AT).state is CaptureState.TAKEN


# --- What is covered ------------------------------------------------------------------

COVERS = (WithholdRule("application", "keepass"),)


def covering(windows: FakeWindows, screen: FakeScreen | None = None) -> Capturer:
    return replace(capturer(screen, windows), rules=(), cover_rules=COVERS)


def test_r21_a_window_that_a_rule_names_is_covered_before_the_picture_is_made() -> None:
    shot = covering(FakeWindows((VAULT, EDITOR))).capture(AT)

    left, right = frame(0, LEFT), frame(1, RIGHT)
    hidden, share = FakeCodec().cover(right, [Box(9, 1, 4, 4)])
    assert [(c.state, c.covered) for c in shot.captures] == [("taken", 0), ("taken", share)]
    assert share == 334
    assert shot.pictures == {0: FakeCodec().encode(left), 1: FakeCodec().encode(hidden)}
    assert shot.covered_by == ("KeePassXC (application matches /keepass/)",)
    assert shot.blocked_by is None
    assert (shot.application, shot.title) == ("Editor", "parser.py")


def test_r21_a_window_is_covered_with_its_frame() -> None:
    framed = replace(VAULT, outer=Box(8, 0, 6, 5))

    shot = covering(FakeWindows((framed, EDITOR))).capture(AT)

    hidden, _ = FakeCodec().cover(frame(1, RIGHT), [Box(8, 0, 6, 5)])
    assert shot.pictures[1] == FakeCodec().encode(hidden)


def test_r21_a_covered_window_that_is_active_is_not_named() -> None:
    shot = covering(FakeWindows((EDITOR, VAULT))).capture(AT)

    assert shot.state is CaptureState.TAKEN
    assert (shot.application, shot.title) == (None, None)


def test_r21_an_active_window_on_no_list_is_covered_where_it_lies() -> None:
    shot = covering(FakeWindows((EDITOR,), focused=VAULT)).capture(AT)

    assert [capture.covered for capture in shot.captures] == [0, 334]


@pytest.mark.parametrize(
    "later",
    [(EDITOR,), (EDITOR, replace(VAULT, box=Box(10, 1, 4, 4))), (EDITOR, VAULT, VAULT_TOO)],
    ids=["goes", "moves", "has company"],
)
def test_r21_a_window_to_cover_that_does_not_hold_still_withholds(
    later: tuple[Window, ...],
) -> None:
    shot = covering(FakeWindows((VAULT, EDITOR), later=later)).capture(AT)

    assert (shot.state, shot.pictures) == (CaptureState.WITHHELD, {})
    assert shot.blocked_by == f"KeePassXC (application matches /keepass/): {RESTLESS}"


def test_r21_a_window_to_cover_that_pops_up_during_the_grab_withholds() -> None:
    shot = covering(FakeWindows((EDITOR,), later=(EDITOR, VAULT))).capture(AT)

    assert shot.state is CaptureState.WITHHELD


def test_r21_a_window_to_cover_of_unknown_place_withholds() -> None:
    shot = covering(FakeWindows((replace(VAULT, box=None), EDITOR))).capture(AT)

    assert (shot.state, shot.pictures) == (CaptureState.WITHHELD, {})
    assert shot.blocked_by == f"KeePassXC (application matches /keepass/): {NOWHERE}"


def test_r21_where_windows_cannot_be_seen_and_some_should_be_covered_nothing_is_kept() -> None:
    blind = covering(FakeWindows(is_blind=True)).capture(AT)
    without = replace(covering(FakeWindows()), window=None).capture(AT)

    assert (blind.state, blind.blocked_by) == (CaptureState.WITHHELD, UNSEEN)
    assert (without.state, without.blocked_by) == (CaptureState.WITHHELD, UNSEEN)


def test_r21_a_window_to_cover_on_a_monitor_that_is_not_captured_does_not_matter() -> None:
    here = replace(covering(FakeWindows((VAULT, EDITOR))), active_only=True)

    shot = here.capture(AT)

    assert ([c.covered for c in shot.captures], shot.covered_by) == ([0], ())


def test_r29_what_withholds_wins_over_what_covers() -> None:
    both = replace(covering(FakeWindows((VAULT, EDITOR))), rules=COVERS)

    assert both.capture(AT).state is CaptureState.WITHHELD


def test_r5_a_covered_screen_is_judged_blank_by_what_was_on_it() -> None:
    everywhere = replace(VAULT, box=Box(0, 0, 16, 6))
    screen = FakeScreen((frame(0, LEFT, colour=0), frame(1, RIGHT)))

    shot = covering(FakeWindows((everywhere, EDITOR)), screen).capture(AT)

    assert [(c.state, c.covered) for c in shot.captures] == [("blank", 0), ("taken", 1000)]


def test_f05_without_memory_for_covering_nothing_is_kept() -> None:
    class Tight(FakeCodec):
        def cover(self, frame: Frame, boxes: Sequence[Box]) -> tuple[Frame, int]:
            raise MemoryError(frame.monitor, boxes)

    tight = replace(covering(FakeWindows((VAULT, EDITOR))), codec=Tight())

    assert {capture.state for capture in tight.capture(AT).captures} == {CaptureState.FAILED}


def test_r30_titles_stay_out_where_they_are_not_wanted() -> None:
    shot = replace(capturer(), has_titles=False).capture(AT)

    assert (shot.application, shot.title) == ("Editor", None)


def test_r30_without_pictures_the_window_is_noted_and_nothing_grabbed() -> None:
    screen = FakeScreen()

    shot = replace(capturer(screen), has_pictures=False).capture(AT)

    expected = Shot((Capture(CaptureState.OFF, AT),), application="Editor", title="parser.py")
    assert shot == expected
    assert screen.grabs == 0


def test_r30_pixelation_reaches_the_codec() -> None:
    plain = capturer().capture(AT)
    merged = replace(capturer(), pixelate=4).capture(AT)

    assert merged.pictures[0].image != plain.pictures[0].image


def test_memory_is_given_back_however_a_capture_ends() -> None:
    calls: list[str] = []

    for presence in (Presence.PRESENT, Presence.LOCKED):
        one = replace(
            capturer(presence=FakePresence(presence)), tidy=lambda: calls.append("tidied")
        )
        one.capture(AT)

    assert calls == ["tidied", "tidied"]


def test_f12_a_shot_can_be_kept_as_thumbnails_alone() -> None:
    big = EncodedPicture(b"big", b"small", 1920, 1081)
    taken = Capture(CaptureState.TAKEN, AT, monitor=1, width=1920, height=1081)
    dark = Capture(CaptureState.BLANK, AT)

    small = Shot((dark, taken), {1: big}).as_thumbnails()

    sha256 = hashlib.sha256(b"small").hexdigest()
    assert small.pictures == {1: EncodedPicture(b"small", b"small", 480, 271)}
    assert small.captures == (
        dark,
        replace(taken, sha256=sha256, thumbnail_sha256=sha256, width=480, height=271),
    )


@pytest.mark.parametrize(
    ("width", "factor"), [(1, 1), (480, 1), (481, 2), (960, 2), (961, 3), (1920, 4), (7680, 16)]
)
def test_a_thumbnail_is_at_most_480_pixels_wide(width: int, factor: int) -> None:
    assert thumbnail_factor(width) == factor
    assert -(-width // factor) <= 480


SECRET = SecretBox(Box(1, 1, 3, 2), SecretKind.PASSWORD)


def test_secrets_are_covered_and_each_kind_is_told() -> None:
    own = (SECRET, SecretBox(Box(5, 3, 2, 2), SecretKind.PASSWORD))
    other = SecretBox(Box(9, 1, 2, 2), SecretKind.CARD)

    shot = replace(capturer(), secrets=FakeSecretFinder((*own, other))).capture(AT)

    plain = capturer().capture(AT)
    assert [capture.covered for capture in shot.captures] == [209, 84]
    assert shot.covered_by == (
        "password, 2 lines (redact.secrets)",
        "card number (redact.secrets)",
    )
    assert all(shot.pictures[at].image != plain.pictures[at].image for at in (0, 1))
    assert all(shot.pictures[at].thumbnail != plain.pictures[at].thumbnail for at in (0, 1))


def test_a_picture_without_secrets_is_as_it_would_be_without_a_look() -> None:
    assert replace(capturer(), secrets=FakeSecretFinder()).capture(AT) == capturer().capture(AT)


def test_secrets_and_windows_of_rules_are_covered_together() -> None:
    rule = WithholdRule("application", "editor")

    shot = replace(capturer(), cover_rules=(rule,), secrets=FakeSecretFinder((SECRET,))).capture(AT)

    assert shot.covered_by == (
        "Editor (application matches /editor/)",
        "password (redact.secrets)",
    )


def test_a_picture_that_cannot_be_read_is_not_kept_and_says_so() -> None:
    finder = FakeSecretFinder(error=CaptureUnavailableError("reading it took longer than 90 s"))

    shot = replace(capturer(), secrets=finder).capture(AT)

    assert shot == Shot(
        (Capture(CaptureState.FAILED, AT),),
        application="Editor",
        title="parser.py",
        blocked_by=f"{UNREAD}: reading it took longer than 90 s",
    )


def test_a_picture_that_is_withheld_or_switched_off_is_not_read() -> None:
    finder = FakeSecretFinder(error=CaptureUnavailableError("not read"))
    withheld = replace(capturer(windows=FakeWindows((VAULT,))), secrets=finder)
    off = replace(capturer(), secrets=finder, has_pictures=False)

    assert withheld.capture(AT).state is CaptureState.WITHHELD
    assert off.capture(AT).state is CaptureState.OFF


def test_a_stop_waits_longer_for_a_picture_that_is_read() -> None:
    assert capturer().reading_s == 0
    assert replace(capturer(), secrets=FakeSecretFinder()).reading_s == 60


def test_no_byte_of_a_stored_picture_depends_on_what_was_covered() -> None:
    """Two screens that differ in the secret alone give equal files and thumbnails."""
    box, secret = Box(0, 0, 640, 400), SecretBox(Box(101, 53, 211, 27), SecretKind.PASSWORD)
    files = []
    for seed in (1, 2):
        pixels = bytearray(frame(0, box).rgb)
        for row in range(53, 80):
            at = 3 * (row * 640 + 101)
            pixels[at : at + 3 * 211] = random.Random(seed + row).randbytes(3 * 211)
        screen = FakeScreen((Frame(0, box, bytes(pixels)),))
        with_secrets = replace(
            capturer(screen), codec=WebpCodec(), secrets=FakeSecretFinder((secret,))
        )
        files.append(with_secrets.capture(AT).pictures[0])

    assert files[0] == files[1]


def test_what_is_covered_is_told_for_each_picture_apart() -> None:
    mail = SecretBox(Box(0, 0, 2, 1), SecretKind.MAIL)
    one = replace(covering(FakeWindows((VAULT, EDITOR))), secrets=FakeSecretFinder((mail,)))

    shot = one.capture(AT)

    vault = ByRule("KeePassXC", COVERS[0], "redact.apps")
    assert shot.covered == {
        0: (Covered(SecretKind.MAIL, (mail.box,), 42),),
        1: (Covered(vault, (Box(9, 1, 4, 4),), 334),),
    }
    assert shot.tally == CoverTally(windows=1, secrets=1, permille=334)
    assert shot.blocker is None
    assert shot.unnamed is None


def test_a_picture_that_failed_has_nothing_covered() -> None:
    broken = replace(covering(FakeWindows((VAULT, EDITOR))), codec=FakeCodec(OSError("broken")))

    assert broken.capture(AT).covered == {}


def test_the_rule_that_withholds_or_keeps_the_name_out_is_told_with_its_setting() -> None:
    withheld = capturer(windows=FakeWindows((VAULT, EDITOR))).capture(AT)
    moved = covering(FakeWindows((VAULT,), later=(EDITOR,))).capture(AT)
    covered = covering(FakeWindows((EDITOR, VAULT))).capture(AT)

    assert withheld.blocker is not None
    assert (withheld.blocker.application, withheld.blocker.setting) == (
        "KeePassXC",
        "capture.withhold",
    )
    assert default_name(withheld.blocker.rule) == "password managers"
    by_hand = ByRule("KeePassXC", COVERS[0], "redact.apps")
    assert (moved.blocker, covered.unnamed, default_name(by_hand.rule)) == (by_hand, by_hand, None)
