"""worklog(1): the whole program on one page, from its sources in code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from worklog import __version__
from worklog.app.status import status_document
from worklog.cli.docgen import grammar, mdoc, statuses
from worklog.cli.docgen.command_page import (
    COMMON,
    DATE,
    example_lines,
    option_rows,
    own_options,
    status_table,
    usage,
)
from worklog.cli.docgen.tree import Command
from worklog.cli.hooks import Hook
from worklog.config import KEYS, Key
from worklog.config.keys import Kind
from worklog.places import Places, places

_ROW: Final = re.compile(r"(`.+?`)\s{2,}(\S.*)")
_HOOKS: Final = {
    Hook.START: "Tracking has begun.",
    Hook.STOP: "It has ended; told before the program does.",
    Hook.CAPTURE: "A picture was taken, or could not be; the field `state` says which.",
    Hook.SEAL: "A part is durable and signed.",
    Hook.IDLE: "Tracking has paused itself for want of input.",
}


def manual(commands: Sequence[Command]) -> str:
    """Return the page."""
    return mdoc.page(
        "worklog",
        1,
        "track time with proof, from the terminal",
        mdoc.section(
            "SYNOPSIS", [".Nm", ".Op Fl \\-version", ".Ar COMMAND", ".Op Ar argument ..."]
        ),
        _description(),
        _commands(commands),
        _times(),
        _configuration(),
        _secrets(),
        _hooks(),
        _status_file(),
        _json(),
        _environment(),
        _desktops(),
        _files(),
        mdoc.section(
            "EXIT STATUS",
            mdoc.prose(
                "Statuses are only ever added; a script should take one that it does not know for "
                "a failure."
            ),
            status_table(statuses.all_rows()),
            mdoc.prose(
                "The tracking loop itself ends with 0 after Ctrl-C, SIGTERM or "
                "`worklog stop`, when everything is sealed."
            ),
        ),
        _examples(),
        mdoc.section("SEE ALSO", _references(commands)),
        date=DATE,
        release=f"worklog {__version__}",
    )


def _description() -> list[str]:
    return mdoc.section(
        "DESCRIPTION",
        mdoc.prose(
            "While `worklog start` runs, time is cut into ten-minute segments. In each of them "
            "worklog takes one screenshot at a random moment, counts key presses, clicks and "
            "wheel notches per minute, and notes the active application and window title. It "
            "never records which key was pressed or what was clicked.",
            "A segment has ten boxes, one for each minute: green if the minute saw any input, "
            "empty if it saw none, unknown if nobody could tell. Only known zeros are idle time.",
            "Everything is kept in a local cache. After `worklog login` what was recorded for a "
            "contract of that diary service goes there once its review window has ended "
            "(`capture.review`); nothing else ever leaves this machine. What was recorded is "
            "signed and never altered; changes are kept beside it as amendments. A deletion "
            "erases pictures, counts and titles for good.",
            "Every command has `--help`, `--json` and `--quiet`. What would ask on a terminal "
            "exits with status 2 off it and names the option that answers.",
        ),
    )


def _commands(commands: Sequence[Command]) -> list[str]:
    blocks = [
        mdoc.subsection(group, mdoc.tagged(_entries(members)))
        for group, members in groupby(commands, key=lambda command: command.group)
    ]
    common = mdoc.subsection(
        "Options of every command", mdoc.tagged(option_rows(COMMON), compact=True)
    )
    return mdoc.section("COMMANDS", *blocks, common)


def _entries(commands: Iterable[Command]) -> Iterator[tuple[str, list[str]]]:
    for command in commands:
        body = mdoc.prose(command.summary)
        if command.commands:
            body += mdoc.tagged(_entries(command.commands), compact=True)
        elif rows := list(option_rows(own_options(command))):
            body += mdoc.tagged(rows, compact=True)
        if command.name == command.path:
            body += mdoc.literal(example_lines(command)[:1])
        yield _heading(command), body


def _heading(command: Command) -> str:
    return " ".join(["Ic", command.path, *usage(command, with_options=False)])


def _times() -> list[str]:
    return mdoc.section(
        "TIMES AND RANGES",
        mdoc.prose(
            "Times are local, in the zone of the setting `zone`, else of TZ, else of the system. "
            "A time that a change of the clocks skips is the moment of the change; one that comes "
            "twice is the first of both. Capitals and extra spaces do not count. Quote what has "
            "a space."
        ),
        mdoc.subsection("TIME", _forms(grammar.TIMES)),
        mdoc.subsection("DURATION", _forms(grammar.DURATIONS)),
        mdoc.subsection("RANGE", _forms(grammar.RANGES)),
        mdoc.subsection(
            "SEGMENTS",
            _forms(grammar.SEGMENTS),
            mdoc.prose(
                "A RANGE that touches several contracts needs `--contract` to change anything."
            ),
        ),
    )


def _forms(forms: Sequence[grammar.Form]) -> list[str]:
    return mdoc.tagged(
        (" , ".join(mdoc.words(example) for example in form.examples), mdoc.prose(form.meaning))
        for form in forms
    )


def _files() -> list[str]:
    return mdoc.section(
        "FILES",
        mdoc.prose(
            "Folders have mode 0700 and files 0600. With WORKLOG_HOME set all lie under it, in "
            "`data`, `config`, `log` and `run`. The formats are described in worklog-diary(7)."
        ),
        mdoc.tagged((f"Pa {mdoc.code(path)}", mdoc.prose(meaning)) for path, meaning in files()),
    )


def files() -> list[tuple[str, str]]:
    """Return the paths that worklog uses, with what they are."""
    usual = places({"HOME": "/HOME"}, platform="linux")
    found = Places(
        data=usual.data,
        config=usual.config,
        log=usual.log,
        runtime="$XDG_RUNTIME_DIR/worklog",
        environ={},
    )
    rows = (
        (found.config_file, "Settings, in TOML; see CONFIGURATION."),
        (found.hooks, "Programs that are told what happens; see HOOKS."),
        (found.database, "The cache. It can be made again from journals and pictures."),
        (f"{found.journal}/YYYY-MM-DD.jsonl", "Journals: a line for each change, by UTC day."),
        (f"{found.pictures}/XX/*.webp", "Screenshots and thumbnails under random names."),
        (
            found.device_key,
            (
                "The key that signs what this device records. It never leaves this machine but in "
                "a backup."
            ),
        ),
        (
            found.screencast_token,
            (
                "What the desktop knows your permission to show its screen by, for `screen.way = "
                "screencast`. It may change with each picture and is in no backup. Delete it to be "
                "asked again."
            ),
        ),
        (
            found.live,
            "Counts of what is being recorded, so that a power cut loses at most a minute.",
        ),
        (
            f"{found.runtime}/worklog-live-*",
            (
                "The same to the second while tracking, so that a crash loses at most seconds. It "
                "lies in memory: where this folder is on a disk, in `/dev/shm`."
            ),
        ),
        (found.lock, "Held by the running tracker, so that there is only one."),
        (f"{found.backups}/*.tar", "What `worklog backup` has written."),
        (f"{found.data}/feedback", "What `worklog feedback` has kept."),
        (found.log_file, "The log, rotated at 1 MiB. It holds no memo and no title."),
        (found.status_file, "How the tracker stands; see STATUS FILE."),
        (".worklog", "In a project's folder: the name of its contract, for `worklog start`."),
    )
    return [(path.replace("/HOME", "~"), meaning) for path, meaning in rows]


def _environment() -> list[str]:
    rows = [
        (
            "Ev WORKLOG_HOME",
            "Puts data, settings, log and status under this folder, for a second diary or a trial.",
        ),
        (
            "Ev WORKLOG_*",
            (
                "Each setting has a variable, which wins over the file: "
                "`capture.review` is `WORKLOG_CAPTURE_REVIEW`."
            ),
        ),
        ("Ev NO_COLOR", "Where it is set and not empty, no colour is used."),
        ("Ev TZ", "The time zone, by its name as in `Europe/Berlin`."),
        ("Ev VISUAL , Ev EDITOR", "What `worklog edit` and `worklog config edit` open."),
        (
            "Ev BROWSER",
            "What opens the page of `worklog diary --open`, where the desktop does not say.",
        ),
        (
            "Ev XDG_DATA_HOME , Ev XDG_CONFIG_HOME , Ev XDG_STATE_HOME , Ev XDG_RUNTIME_DIR",
            "Move the folders of FILES.",
        ),
        (
            "Ev DISPLAY , Ev XAUTHORITY , Ev DBUS_SESSION_BUS_ADDRESS",
            "The desktop to record. Without them, as from cron, it is found through logind.",
        ),
        (
            "Ev WAYLAND_DISPLAY , Ev SWAYSOCK , Ev HYPRLAND_INSTANCE_SIGNATURE",
            (
                "The Wayland desktop to record. Pictures need `grim` and a wlroots compositor, "
                "windows are known there too. On GNOME and KDE pictures come through the "
                "desktop's portal, which asks once whether it may: answer it in `worklog preview`. "
                "Where that takes no screenshots, or `screen.way` is `screencast`, it shows the "
                "monitors that you share for a moment at each picture, and GStreamer takes a frame "
                "(`gstreamer1.0-tools`, `gstreamer1.0-pipewire`, `gstreamer1.0-plugins-base`, "
                "`gstreamer1.0-plugins-good`); no stream is kept open in between. "
                "Windows are known on KDE, and on GNOME with the extension Window Calls; where "
                "they are not, no picture is taken unless `capture.withhold` is empty. "
                "The compositor says whether there is "
                "input, so keys are not counted and pointer movement makes a minute active; "
                "while a film keeps the screen awake minutes are unknown, not idle."
            ),
        ),
        (
            "Ev TMUX , Ev TMUX_TMPDIR , Ev SSH_TTY",
            (
                "The terminals to record where there is no desktop, as over SSH. In tmux the "
                "picture is the text of the pane that has the keyboard. Minutes with input are "
                "seen, keys are not counted; a minute that nobody can tell of is unknown, not idle."
            ),
        ),
    ]
    return mdoc.section(
        "ENVIRONMENT",
        mdoc.tagged((heading, mdoc.prose(meaning)) for heading, meaning in rows),
    )


def _desktops() -> list[str]:
    return mdoc.section(
        "MACOS AND WINDOWS",
        mdoc.prose(
            "What follows is written to what Apple and Microsoft document and held to fakes of "
            "their systems; it has not been run on a real one yet. `worklog doctor` says what "
            "works.",
            "On macOS pictures and window titles need Screen Recording, which is given to the "
            "terminal and which macOS asks about again from time to time. Without it no picture "
            "is taken, as macOS would hand out the wallpaper, and the application is noted "
            "without a title. Input is counted by the counters of the system: that needs no "
            "permission and no key is ever seen. On a trackpad every step of scrolling is one. "
            "The way `pynput` needs Accessibility and Input Monitoring. `worklog doctor` names the "
            "list in System Settings, and the terminal where it knows `TERM_PROGRAM`.",
            "On Windows there is nothing to allow. Input to programs that run as administrator is "
            "not counted. The live display takes no keys.",
            "Screen lock and switched users pause tracking on both; so does a screen saver on "
            "Windows, and on macOS one that asks for the password. Notices are lines on the "
            "terminal, and `start --background` is refused. Over SSH, or as a service, neither "
            "has a desktop to record.",
        ),
    )


def _configuration() -> list[str]:
    return mdoc.section(
        "CONFIGURATION",
        mdoc.prose(
            "An option on the command line wins over a variable, a variable over the file, and "
            "the file over the default. `worklog config list` shows what holds and why; "
            "`worklog config edit` opens the file, with all settings explained where there is "
            "none yet. A file that cannot be read stops every command with status 50; the "
            "message names line and key."
        ),
        mdoc.tagged((_key_heading(key), _key_text(key)) for key in KEYS),
        mdoc.prose("In the file keys are grouped:"),
        mdoc.literal(
            (
                "[capture]",
                'review = "30m"',
                'withhold = ["default", "title: Payroll"]',
                "",
                "[redact]",
                'apps = ["application: hexchat", "application: thunderbird"]',
                "secrets = true",
                "",
                "[idle]",
                'action = "keep"',
            )
        ),
    )


def _secrets() -> list[str]:
    return mdoc.section(
        "SECRETS ON SCREENSHOTS",
        mdoc.prose(
            "With `redact.secrets` and the extra `secrets` each screenshot is read on this "
            "machine before it is written. Lines that show a private key, a token of AWS, GitHub, "
            "Slack, Stripe, Google and others, a JSON web token, what looks random or has figures "
            "behind a word such as `password` or `token`, a card number, an IBAN or a mail address "
            "are covered, in the thumbnail as well. The segment is marked `redacted`, with the "
            "share. More than half covered counts as no picture.",
            "A process of its own reads, with models that lie in the package, and can open no "
            "connection. It takes some seconds and several hundred megabytes. A picture that could "
            "not be read, or not in three minutes, is not kept: its state is `failed`, and the "
            "reason is told once. `worklog stop` waits for the picture that it takes.",
            "It is a net and not a wall. Of twelve made-up secrets in a terminal of 7 to 14 "
            "points in three fonts, light and dark, it missed one card number at 7 points; of "
            "those in small serif type it missed a quarter. "
            "Not found are a password that stands alone or is a plain word, one behind a word that "
            "it does not know, type that is very small or decorative, and what only you know to "
            "be a secret. Use `capture.withhold` and `redact.apps` for windows that must "
            "never be seen.",
        ),
    )


def _key_heading(key: Key) -> str:
    return f"Ic {mdoc.code(key.name)}"


def _key_text(key: Key) -> list[str]:
    kind = ", ".join(f"`{word}`" for word in key.choices) or str(key.kind)
    if key.kind is Kind.NUMBER:
        kind += f" from {key.least} to {key.most}"
    default = f"default `{key.default}`" if key.default else "empty by default"
    lines = mdoc.prose(f"{key.help.rstrip('.')}.")
    spelt = "one of " if key.kind is Kind.CHOICE else "a " if " or " not in kind else ""
    return [*lines, *mdoc.prose(f"({spelt}{kind}; {default})")]


def _hooks() -> list[str]:
    return mdoc.section(
        "HOOKS",
        mdoc.prose(
            "An executable in the `hooks` folder beside the settings is run when its moment "
            "comes, one after the other, and gets one JSON object on standard input. It has "
            "`schema` (1), `event` (the name without `on-`), `at`, `message`, `session` and what "
            "there is to say of the event. A hook that fails, or takes longer than five seconds "
            "and is killed, is reported and never disturbs tracking. Its output goes nowhere. "
            "A file that others may write is not run."
        ),
        mdoc.tagged(
            ((f"Pa {mdoc.code(hook)}", mdoc.prose(_HOOKS[hook])) for hook in Hook), compact=True
        ),
        mdoc.prose("To leave a line in a file of your own at each segment:"),
        mdoc.literal(("#!/bin/sh", "jq -r '.at + \" \" + .message' >> ~/segments.txt")),
    )


def _status_file() -> list[str]:
    path = next(path for path, meaning in files() if "STATUS FILE" in meaning)
    return mdoc.section(
        "STATUS FILE",
        mdoc.prose(
            f"While it runs, the tracker keeps `{path}`, which is replaced whole and only when "
            "there is news. So a bar or a prompt reads a file and starts no process: it holds "
            "instants and never ticking seconds. It is one JSON object, to which fields are only "
            "ever added. Instants are RFC 3339 in UTC, durations whole seconds."
        ),
        mdoc.tagged(
            (" , ".join(_heads(name)), mdoc.prose(meaning)) for name, meaning in status_fields()
        ),
        mdoc.subsection(
            "waybar",
            mdoc.literal(
                (
                    '"custom/worklog": {',
                    '  "exec": "worklog status --format waybar --watch",',
                    '  "return-type": "json",',
                    '  "on-click": "worklog pause"',
                    "}",
                )
            ),
        ),
        mdoc.subsection(
            "polybar",
            mdoc.literal(
                (
                    "[module/worklog]",
                    "type = custom/script",
                    "exec = worklog status --format prompt --watch",
                    "tail = true",
                )
            ),
        ),
        mdoc.subsection(
            "tmux",
            mdoc.prose("Read from the file, so that no Python is started at each interval:"),
            mdoc.literal(
                (
                    "set -g status-interval 30",
                    f"set -g status-right '#(jq -r .contract {path})'",
                )
            ),
        ),
        mdoc.subsection(
            "starship",
            mdoc.literal(
                (
                    "[custom.worklog]",
                    f'when = "test -e {path}"',
                    f'command = "jq -r .contract {path}"',
                    'symbol = "● "',
                )
            ),
        ),
    )


def status_fields() -> list[tuple[str, str]]:
    """Return (names, meaning) of the status file's fields, from where they are described."""
    rows: list[tuple[str, str]] = []
    for line in (status_document.__doc__ or "").splitlines():
        text = line.strip()
        if found := _ROW.match(text):
            rows.append((found[1], found[2]))
        elif rows and text and not text.startswith("="):
            rows[-1] = (rows[-1][0], f"{rows[-1][1]} {text}")
    return rows


def _heads(names: str) -> list[str]:
    return [mdoc.words(name) for name in re.findall(r"`([^`]+)`", names)]


def _json() -> list[str]:
    return mdoc.section(
        "JSON",
        mdoc.prose(
            "With `--json` a command prints one object on standard output, also when it fails:"
        ),
        mdoc.literal(
            (
                '{"schema": 1, "command": "diary", "status": "ok",',
                ' "data": {...}, "errors": []}',
            )
        ),
        mdoc.prose(
            "`status` is `ok`, `partial` or `error`; each of `errors` has `code`, `message` and "
            "`hint`, and the codes are those of EXIT STATUS. Instants are RFC 3339 in UTC, "
            "durations whole seconds, money a decimal string beside a currency, and `null` is "
            "what is not known. Fields are only ever added.",
            "`worklog start --json` prints one object for each event, after what it tells of is "
            "durable, and the object above last. Segments are described in worklog-diary(7).",
            "`reminders` of `worklog status --json` has an object for each week that is about to "
            "lock and is not ready, see `review.remind`: `contracts` (names), `week` (its `start` "
            "and `end`), `locks_at`, `findings` and `segments_not_uploaded` (how many), and "
            "`message`, a sentence with the commands that help.",
        ),
    )


def _examples() -> list[str]:
    return mdoc.section(
        "EXAMPLES",
        mdoc.prose("A morning:"),
        mdoc.literal(
            (
                'worklog start acme -m "fixing login redirect"',
                'worklog memo "writing tests"      # from another terminal',
                "worklog pause",
                "worklog resume",
                "worklog stop",
            )
        ),
        mdoc.prose("Looking at it, putting it right, and the week's sheet:"),
        mdoc.literal(
            (
                "worklog diary",
                'worklog edit 10:00-11:30 --memo "review of the login"',
                'worklog add 14:00-15:00 -m "call with Ada"',
                "worklog report week",
            )
        ),
    )


def _references(commands: Sequence[Command]) -> list[str]:
    names = sorted(command.page for command in commands)
    return [
        *(mdoc.reference(name, after=",") for name in names),
        mdoc.reference("worklog-diary", 7, after=","),
        mdoc.reference("worklog-interchange", 7, after=","),
        mdoc.reference("worklog-recipes", 7),
    ]
