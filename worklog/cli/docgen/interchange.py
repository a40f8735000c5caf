"""worklog-interchange(7): what goes to other time trackers and what comes from them.

The prose is by hand; a test holds the list of formats to the readers and writers.
"""

from __future__ import annotations

from typing import Final

from worklog import __version__
from worklog.cli.docgen import mdoc
from worklog.cli.docgen.command_page import DATE

Rows = tuple[tuple[str, str], ...]

IMPORTS: Final[Rows] = (
    (
        "timewarrior",
        (
            "What `timew export` prints, or a file of its folder `data`. The first tag is the "
            "project, the annotation the description."
        ),
    ),
    ("watson", "The file `frames` of Watson's folder."),
    (
        "timeclock",
        (
            "As hledger, ledger and Emacs write it. The account is the project, what stands behind "
            "two spaces the description. A contract that has the label `design` takes the account "
            "`acme:design` as its own."
        ),
    ),
    (
        "klog",
        (
            "Records of klog. `#project=` or `#contract=` names the project, else the first tag of "
            "the entry, else the first of the day. Durations that do not say when need "
            "`--day-start`."
        ),
    ),
    (
        "activitywatch",
        (
            "An export of buckets. Of what there is the best is taken: what worklog wrote, the "
            "stopwatch, the project of an editor, or applications while somebody was there. Titles "
            "and addresses stay out. Events without a project need `--map` or `--contract`."
        ),
    ),
    (
        "toggl",
        (
            "A detailed report of Toggl Track as CSV. A task is a tag. Of a report of several "
            "people, here and below, `--user` says whose time is meant."
        ),
    ),
    (
        "clockify",
        (
            "A detailed report of Clockify as CSV. Breaks and running timers are passed over. "
            "Dates are as the account shows them; where 03/04 can be read in two ways, "
            "`--dates` is asked for."
        ),
    ),
    (
        "harvest",
        "A detailed time report of Harvest as CSV; without times of day it needs `--day-start`.",
    ),
    (
        "ics",
        (
            "A calendar (extra `reports`). The first category of an event is the project. "
            "Whole days, "
            "series and cancelled events are passed over."
        ),
    ),
    ("csv , json", "What `worklog export` writes."),
)

EXPORTS: Final[Rows] = (
    (
        "timewarrior",
        (
            "Lines of a data file: put it into the folder `data` of Timewarrior, under a "
            "name such as "
            "`2026-11.data`. Tags are contract and label, the memo is the annotation."
        ),
    ),
    (
        "watson",
        (
            "A file of frames, for `watson merge` or as `frames` itself. Tags are the label "
            "and, as "
            "Watson has no place for it, the memo."
        ),
    ),
    (
        "timeclock",
        (
            "Pairs of lines in local time, cut where the clocks change; the account is "
            "`contract:label`. Beside a change the offset stands in a comment. ledger counts them "
            "to the second; hledger rounds each pair to a hundredth of an hour."
        ),
    ),
    (
        "hledger",
        (
            "A journal with a transaction for each stretch, in hours: hledger adds them up to the "
            "second. Brackets in the name of a contract become braces."
        ),
    ),
    (
        "klog",
        (
            "A record for each local day. klog has no seconds: both ends of a stretch are "
            "rounded to "
            "the minute."
        ),
    ),
    ("activitywatch", "A bucket of the type `app.worklog.stretch`, for its import of buckets."),
    (
        "csv",
        (
            "start, end, seconds, contract, client, label, memo, origin; in UTC. No cell "
            "begins like "
            "a formula."
        ),
    ),
    ("json", "The same, below `stretches`; `kind` is `worklog-stretches`, `schema` is 1."),
)

RECORDS: Final[Rows] = (
    ("contract", "A contract with its dated terms, as JSON in `content`."),
    ("stream", "A stream of records, with the public key that signed it."),
    ("seal", "A sealed part: its header byte for byte, its signature, and its fields."),
    ("picture", "Which file holds the picture of which capture of which part."),
    ("amendment", "A change, as it was made, in `content`."),
    ("settled", "A bill of a locked week that an erasure must not change."),
    ("session , gap", "From a start to its stop, and the time within that was not tracked."),
    ("receipt", "The signed acknowledgement of a diary service."),
)


def interchange() -> str:
    """Return the page."""
    return mdoc.page(
        "worklog-interchange",
        7,
        "the diary from and to other programs",
        mdoc.section(
            "DESCRIPTION",
            mdoc.prose(
                "`worklog import` takes in what another time tracker has written, `worklog export` "
                "writes for another one, and `worklog export --all` writes everything.",
                "Other trackers know stretches of time and no slots of ten minutes, so that is "
                "what goes over: uninterrupted work for one contract with the same memo and "
                "label, to the second. It is worked time, tracked or by hand, and not what it "
                "bills.",
            ),
        ),
        mdoc.section(
            "IMPORT",
            mdoc.prose(
                "Nothing is written before `--write`, and then all of it in one transaction. Each "
                "project becomes a contract of that name, unless `--map` or `--contract` say "
                "otherwise. The first tag that the contract offers as a label is the label (any "
                "tag, where it offers none); other tags stand behind the memo as `#tag`. A "
                "description of over 500 characters is cut, and the command says so.",
                "Imported time is time by hand with the origin `imported`: it has no activity and "
                "no picture, its grade is C, and a contract that does not allow time by hand takes "
                "none. What lies in a locked week or in the future, or is longer than seven days, "
                "stays out and is told, with exit status 3.",
                "An entry is known by its content, so the same file comes in once; what was "
                "deleted here since stays deleted. Where the contract has time already, only what "
                "is free comes in. One `worklog undo` takes an import back.",
                "A file that is broken is refused with the line that is wrong. It may have 256 "
                "MiB and a million entries. Times without a zone are in yours, or in `--zone`.",
            ),
            _table(IMPORTS),
        ),
        mdoc.section("EXPORT", _table(EXPORTS)),
        mdoc.section(
            "ARCHIVE",
            mdoc.prose(
                "`worklog export --all -o FILE` writes a tar that any tool opens. It holds "
                "everything but what belongs to this machine (its key, its id, what is being "
                "recorded, what waits to be sent). The same diary gives the same bytes, and an "
                "archive that was taken in goes out again bit for bit. `stretches.json` is what "
                "`worklog export --format json` writes, for other programs; an import takes no "
                "notice of it. `manifest.json` has the version (`v` is 1), the `kind` `export`, "
                "and below `records` how many there are of each kind.",
                "`pictures/ab/NAME.webp` and `pictures/ab/NAME.thumb.webp` are the screenshots and "
                "their thumbnails. `journal/YYYY-MM-DD.jsonl` has a JSON object a line, by UTC "
                "day, each with its `kind` and a checksum; worklog-diary(7) describes their "
                "content:",
            ),
            _table(RECORDS),
            mdoc.prose(
                "`worklog import FILE` says what of it is not here yet, and with `--write` takes "
                "that in, in one transaction. Ids decide: what is here stays, and what was deleted "
                "here stays deleted. A line that is damaged, a record that is missing or a file "
                "that does not belong there refuses the whole archive."
            ),
        ),
        mdoc.section(
            "SEE ALSO",
            [
                mdoc.reference("worklog", after=","),
                mdoc.reference("worklog-export", after=","),
                mdoc.reference("worklog-import", after=","),
                mdoc.reference("worklog-diary", 7),
            ],
        ),
        date=DATE,
        release=f"worklog {__version__}",
    )


def _table(rows: Rows) -> list[str]:
    return mdoc.tagged((f"Cm {name}", mdoc.prose(meaning)) for name, meaning in rows)
