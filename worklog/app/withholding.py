"""Which windows keep a capture away, and the rules that come with worklog (R29).

A rule looks at what a window says of itself, so it can only be as good as that: Chromium
and Chrome on X11 do not tell a private window from another one in its title, Firefox,
Edge, Opera and Vivaldi do. Whoever needs certainty adds a rule for the whole browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from worklog.app.ports import Box, Window, WithholdRule
from worklog.errors import ConfigInvalidError

_VAULTS: Final = (
    r"keepass|bitwarden|vaultwarden|1password|lastpass|dashlane|enpass|nordpass|proton ?pass"
    r"|roboform|keeper ?password|buttercup|passky|qtpass|seahorse|gnome ?secrets|^secrets$"
    r"|kwalletmanager|^authenticator$|pinentry|polkit.*agent|ssh-?askpass|gcr-prompter"
    r"|^keychain access$|^passwords$"
)
_MAIL: Final = (
    r"thunderbird|^evolution$|^geary$|kmail|kontact|claws-?mail|sylpheed|mailspring|betterbird"
    r"|bluemail|tutanota|proton ?mail|outlook|^olk$|^mail$|^(neo)?mutt\b"
)
_CHAT: Final = (
    r"slack|discord|^signal|telegram|whatsapp|^element\b|rocket\.?chat|mattermost|zulip|skype"
    r"|microsoft teams|teams-for-linux|^teams$|^zoom\b|^wire$|^viber|threema|^jami$|session-desktop"
    r"|pidgin|gajim|^dino$|hexchat|konversation|^polari$|^fractal$|nheko|mumble|ferdium|rambox|^franz$"
    r"|^messages$|^facetime$|^ms-?teams$"
)
_LOCK_SCREENS: Final = (
    r"i3lock|^slock$|^xlock|xtrlock|xsecurelock|physlock|swaylock|hyprlock|waylock|gtklock"
    r"|betterlockscreen|light-?locker|screensaver|kscreenlocker|lock-?screen|screen ?lock"
)
_WEB_MAIL_AND_CHAT: Final = (
    r"\b(gmail|google mail|outlook|hotmail|proton ?mail|yahoo mail|fastmail|roundcube|icloud mail"
    r"|gmx|web\.de|zimbra|whatsapp|telegram web|facebook messenger|slack|discord"
    r"|microsoft teams|google chat|google messages|mattermost)\b|^(\(\d+\) )?messenger( [|—-]|$)"
)
_WEB_VAULTS: Final = (
    r"\b(bitwarden|vaultwarden|1password|lastpass|dashlane|keepass\w*|password manager)\b"
)

# What a private window's title says, as the browsers' own translations have it.
_PRIVATE_BROWSING: Final = (
    r"private browsing|inprivate|incognito|private window|private mode|[(\[—-] ?private ?[)\]]?$"
    r"|privater modus|privates fenster|privates surfen|inkognito"  # de
    r"|navigation privée|fenêtre privée|mode privé"  # fr
    r"|navegación privada|ventana privada|incógnito"  # es
    r"|navegação privad?a|navegação privativa|janela privad?a|janela privativa|anônima"  # pt
    r"|navigazione anonima|navigazione privata|finestra anonima|in incognito"  # it
    r"|privénavigatie|privévenster|privé-?navigatie"  # nl
    r"|tryb prywatny|prywatne okno|przeglądanie prywatne"  # pl
    r"|anonymní (prohlížení|okno|režim)|súkromné prehliadanie"  # cs, sk
    r"|privat(?: |e )?(?:surfning|browsing|nettlesing|fönster|vindue|vindu)"  # sv, da, nb
    r"|yksityinen selaus|yksityinen ikkuna"  # fi
    r"|privát böngészés|inkognitó"  # hu
    r"|navigare privată|gizli gezinti|gizli pencere"  # ro, tr
    r"|ιδιωτική περιήγηση|приватный просмотр|приватное окно|приватний перегляд|инкогнито"
    r"|プライベート(?:ブラウジング|ウィンドウ)|シークレット"
    r"|隐私浏览|隐私窗口|无痕|隱私(?:瀏覽|視窗)|無痕"
    r"|사생활 보호|시크릿|التصفح الخاص|التصفّح الخاص|גלישה פרטית"
    r"|tor browser"
)

DEFAULT_RULES: Final[tuple[WithholdRule, ...]] = (
    WithholdRule("application", _VAULTS),
    WithholdRule("application", _MAIL),
    WithholdRule("application", _CHAT),
    WithholdRule("application", _LOCK_SCREENS),
    WithholdRule("application", r"tor browser"),
    WithholdRule("title", _WEB_VAULTS),
    WithholdRule("title", _WEB_MAIL_AND_CHAT),
    WithholdRule("title", _PRIVATE_BROWSING),
)


_NAMES: Final = dict(
    zip(
        DEFAULT_RULES,
        (
            "password managers",
            "mail programs",
            "chat programs",
            "lock screens",
            "private browsing",
            "password managers on the web",
            "mail and chat on the web",
            "private browsing",
        ),
        strict=True,
    )
)


def default_name(rule: WithholdRule) -> str | None:
    """Return what *rule* of the default list is about; None for one of the user's own."""
    return _NAMES.get(rule)


def check(rules: Iterable[WithholdRule]) -> tuple[WithholdRule, ...]:
    """Return *rules* as they are if each can be used.

    Raises:
        ConfigInvalidError: a field is unknown or a pattern is no regular expression.
    """
    checked = tuple(rules)
    for rule in checked:
        if rule.field not in ("application", "title"):
            msg = f"A withhold rule looks at `application` or `title`, not at {rule.field!r}."
            raise ConfigInvalidError(msg, hint="Write the rule as `application: PATTERN`.")
        try:
            _compiled(rule.pattern)
        except re.error as error:
            msg = f"The withhold pattern {rule.pattern!r} is no regular expression: {error}."
            raise ConfigInvalidError(msg, hint="Correct it with `worklog config edit`.") from error
    return checked


def match(window: Window, rules: Iterable[WithholdRule]) -> WithholdRule | None:
    """Return the first of *rules* that matches *window*."""
    for rule in rules:
        text = window.application if rule.field == "application" else window.title
        if _compiled(rule.pattern).search(text):
            return rule
    return None


def blocking(
    windows: Iterable[Window], rules: Sequence[WithholdRule], monitors: Sequence[Box]
) -> tuple[Window, WithholdRule] | None:
    """Return the first of *windows* that keeps captures of *monitors* away, and its rule.

    A window without a known place may be anywhere, so it counts. One of which only the
    title bar reaches into a monitor shows its title there, so it counts as well.
    """
    for window in windows:
        extent = window.extent
        if extent is not None and not any(overlap(extent, monitor) for monitor in monitors):
            continue
        rule = match(window, rules)
        if rule is not None:
            return window, rule
    return None


def overlap(one: Box, other: Box) -> bool:
    """Return whether two rectangles share at least a pixel."""
    return (
        one.left < other.left + other.width
        and other.left < one.left + one.width
        and one.top < other.top + other.height
        and other.top < one.top + one.height
    )


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
