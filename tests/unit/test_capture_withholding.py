from __future__ import annotations

import pytest

from worklog.app.ports import Box, Window, WithholdRule
from worklog.app.withholding import DEFAULT_RULES, blocking, check, match, overlap
from worklog.errors import ConfigInvalidError

PRIVATE = (
    ("KeePassXC", "Passwords.kdbx - KeePassXC"),
    ("Bitwarden", "Bitwarden"),
    ("1Password", ""),
    ("Pinentry-gtk-2", ""),
    ("Thunderbird", "Inbox"),
    ("Evolution", "Mail"),
    ("Slack", "general"),
    ("TelegramDesktop", "Telegram (3)"),
    ("Signal", "Signal"),
    ("Element", "Element"),
    ("Zoom", "Zoom Meeting"),
    ("I3lock", ""),
    ("XScreenSaver", ""),
    ("Tor Browser", "New tab"),
    ("Mail", "Inbox"),  # macOS
    ("Messages", "Ada"),
    ("FaceTime", ""),
    ("Passwords", ""),
    ("Keychain Access", "login"),
    ("OUTLOOK", "Inbox"),  # Windows, by the file's name
    ("Olk", "Inbox"),
    ("Ms-teams", ""),
    ("Firefox", "Bank — Mozilla Firefox Private Browsing"),
    ("Firefox", "Bank — Mozilla Firefox (Private Browsing)"),
    ("Firefox", "Bank — Mozilla Firefox Privater Modus"),
    ("Firefox", "Banque — Navigation privée de Mozilla Firefox"),
    ("Firefox", "Banco — Navegación privada de Mozilla Firefox"),
    ("Firefox", "Banca — Mozilla Firefox Navigazione anonima"),
    ("Firefox", "Банк — Приватный просмотр — Mozilla Firefox"),
    ("Firefox", "銀行 — Mozilla Firefox プライベートブラウジング"),
    ("Firefox", "银行 — Mozilla Firefox 隐私浏览"),
    ("Microsoft-edge", "Bank - [InPrivate] - Microsoft Edge"),
    ("Opera", "Bank - Opera (Private)"),
    ("Chromium", "New Incognito tab - Chromium"),
    ("Google-chrome", "Inbox (3) - ada@example.org - Gmail - Google Chrome"),
    ("Firefox", "(2) WhatsApp — Mozilla Firefox"),
    ("Firefox", "Discord | #general | Server — Mozilla Firefox"),
    ("Firefox", "Messenger — Mozilla Firefox"),
    ("Chromium", "Vaults | Bitwarden Web vault - Chromium"),
)

WORK = (
    ("XTerm", "fixing bug"),
    ("Code", "slackbot_test.py - bot - Visual Studio Code"),
    ("Code", "private.py - Visual Studio Code"),
    ("Code", "messenger.py - Visual Studio Code"),
    ("Wireshark", "Capturing from eth0"),
    ("Mailchimp-editor", "Campaign"),
    ("Terminal", "mail — -zsh"),
    ("Elementary-files", "Home"),
    ("Firefox", "Example Domain — Mozilla Firefox"),
    ("Firefox", "Private methods in Python — Mozilla Firefox"),
    ("Chromium", "Pull request: zoom levels - Chromium"),
    ("Gimp", "photo.xcf (zoom 100%)"),
    ("LibreOffice", "Emails.ods"),
    ("", ""),
)


@pytest.mark.parametrize(("application", "title"), PRIVATE)
def test_r29_what_is_private_is_withheld_by_default(application: str, title: str) -> None:
    assert match(Window(application, title), DEFAULT_RULES) is not None


@pytest.mark.parametrize(("application", "title"), WORK)
def test_r29_what_is_work_is_not(application: str, title: str) -> None:
    assert match(Window(application, title), DEFAULT_RULES) is None


def test_the_default_rules_can_be_used() -> None:
    assert check(DEFAULT_RULES) == DEFAULT_RULES


@pytest.mark.parametrize("rule", [WithholdRule("title", "("), WithholdRule("tittle", "x")])
def test_a_rule_that_cannot_be_used_is_refused(rule: WithholdRule) -> None:
    with pytest.raises(ConfigInvalidError):
        check([rule])


def test_the_first_window_on_a_captured_monitor_is_named() -> None:
    rule = WithholdRule("application", "vault")
    away = Window("Vault", "", Box(100, 0, 10, 10))
    here = Window("My Vault", "", Box(9, 9, 10, 10))
    anywhere = Window("Vault", "")

    monitors = [Box(0, 0, 10, 10)]
    assert blocking([away], [rule], monitors) is None
    assert blocking([away, here, anywhere], [rule], monitors) == (here, rule)
    assert blocking([away, anywhere], [rule], monitors) == (anywhere, rule)


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        (Box(9, 9, 1, 1), True),
        (Box(10, 0, 5, 5), False),
        (Box(0, 10, 5, 5), False),
        (Box(-5, -5, 5, 5), False),
        (Box(-5, -5, 6, 6), True),
        (Box(-5, -5, 50, 50), True),
    ],
)
def test_edges_that_touch_do_not_overlap(other: Box, *, overlaps: bool) -> None:
    assert overlap(Box(0, 0, 10, 10), other) is overlaps
    assert overlap(other, Box(0, 0, 10, 10)) is overlaps
