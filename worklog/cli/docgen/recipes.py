"""worklog-recipes(7): small pieces that put worklog to work beside other programs.

Each is run by a test as it stands here, by a real shell, git and tmux; so none of them can
rot. What reads the status file, as bars and prompts do, is in worklog(1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from worklog import __version__
from worklog.cli.docgen import mdoc
from worklog.cli.docgen.command_page import DATE


@dataclass(frozen=True, slots=True)
class Recipe:
    """Something to copy.

    Attributes:
        name: What a test calls it.
        title: What it is for.
        prose: Where it belongs, and what to know.
        lines: As they are copied.
    """

    name: str
    title: str
    prose: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


RECIPES: Final = (
    Recipe(
        "mail",
        "Friday's timesheet as a mail file",
        "A script for cron, such as `0 17 * * 5 $HOME/bin/timesheet`. It writes a mail that any "
        "program can open or send; `sendmail -t < FILE` sends it.",
        (
            "#!/bin/sh",
            "set -eu",
            'file="$HOME/timesheet.eml"',
            "{",
            "  echo 'To: client@example.com'",
            "  echo 'Subject: Timesheet of this week'",
            "  echo 'MIME-Version: 1.0'",
            "  echo 'Content-Type: text/html; charset=utf-8'",
            "  echo",
            "  worklog report week --format html",
            '} > "$file.new"',
            'mv "$file.new" "$file"',
        ),
    ),
    Recipe(
        "review",
        "A look at the week before it locks",
        "A script for cron on Monday morning, such as `0 9 * * 1 $HOME/bin/before-the-lock`. "
        "`review` exits with 4 where something would be asked about; cron mails what is printed.",
        (
            "#!/bin/sh",
            "worklog review 'last week'",
            "case $? in",
            "  0) ;;",
            "  4) echo 'Put it right before noon UTC, or submit it as it is.' ;;",
            "  *) exit 1 ;;",
            "esac",
        ),
    ),
    Recipe(
        "backup",
        "A backup each night that keeps a week",
        "A script for cron, such as `30 3 * * * $HOME/bin/backup-diary`. The files hold pictures "
        "and the key of this device: keep them as private as the diary.",
        (
            "#!/bin/sh",
            "set -eu",
            'folder="$HOME/backups"',
            'mkdir -p -m 700 "$folder"',
            'file="$folder/worklog-$(date +%u).tar"',
            'rm -f "$file.new"',
            'worklog backup "$file.new"',
            'mv "$file.new" "$file"',
        ),
    ),
    Recipe(
        "git",
        "The branch as memo",
        "A hook of git, as `.git/hooks/post-checkout` of a repository. Where no tracker runs, "
        "nothing happens.",
        (
            "#!/bin/sh",
            "# $3 is 1 for a branch, and 0 for single files.",
            '[ "$3" = 1 ] || exit 0',
            "branch=$(git symbolic-ref --quiet --short HEAD) || exit 0",
            'worklog memo "$branch" 2>/dev/null || true',
        ),
    ),
    Recipe(
        "tmux",
        "Contract and memo in the status line of tmux",
        "For `tmux.conf`. It starts a program twice a minute; worklog(1) has a line that reads the "
        "status file instead, with `jq`.",
        (
            "set -g status-interval 30",
            "set -g status-right-length 60",
            "set -g status-right \"#(worklog status --format '{contract}: {memo}')\"",
        ),
    ),
    Recipe(
        "smoke",
        "A smoke test for continuous integration",
        "It tracks for two seconds in a throwaway home, without a display, and looks at what "
        "became of it.",
        (
            "#!/bin/sh",
            "set -eu",
            "WORKLOG_HOME=$(mktemp -d)",
            "export WORKLOG_HOME",
            "trap 'rm -rf \"$WORKLOG_HOME\"' EXIT",
            "worklog start --no-screenshots --for 2s -m 'smoke test'",
            'worklog diary --json | grep -q \'"memo": "smoke test"\'',
            "worklog check --evidence",
        ),
    ),
)


def recipes() -> str:
    """Return the page."""
    return mdoc.page(
        "worklog-recipes",
        7,
        "worklog beside other programs",
        mdoc.section(
            "DESCRIPTION",
            mdoc.prose(
                "Scripts and lines to copy. They take `worklog` from the search path; cron knows "
                "few folders, so name it whole there or set PATH above the lines."
            ),
        ),
        mdoc.section(
            "RECIPES",
            *(
                mdoc.subsection(recipe.title, mdoc.prose(recipe.prose), mdoc.literal(recipe.lines))
                for recipe in RECIPES
            ),
        ),
        mdoc.section(
            "SEE ALSO", [mdoc.reference("worklog", after=","), mdoc.reference("worklog-diary", 7)]
        ),
        date=DATE,
        release=f"worklog {__version__}",
    )
