"""TIME, DURATION, RANGE and SEGMENTS as the manual shows them.

Each example is read by the real grammar in a test, so the manual promises nothing that
the program does not take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write something.

    Attributes:
        examples: How it may be written.
        meaning: What that stands for.
    """

    examples: tuple[str, ...]
    meaning: str


TIMES: Final = (
    Form(
        ("14:30", "14:30:15", "9am", "9:15 pm", "noon", "midnight"),
        "The last such time, today or yesterday. Where only the future makes sense, as with "
        "`--until`, the next one.",
    ),
    Form(("now",), "This moment."),
    Form(("-20m", "20m ago", "1h30m ago", "2 hours ago"), "That long ago."),
    Form(("+2h", "in 2h"), "In that time, where the future may be named."),
    Form(
        ("yesterday 17:00", "today 9:00", "mon 9:00", "2026-11-16 14:30", "9am on friday"),
        "A time on a day. A weekday is the last one, today included; three letters of its "
        "name are enough.",
    ),
    Form(
        ("2026-11-16T14:30:00+01:00", "2026-11-16T13:30Z", "20261116T1430"),
        "ISO 8601. Without an offset it is local time.",
    ),
    Form(("16 Nov 2026 14:30", "Nov 16 2:30pm"), "A date in words; without a year the nearest."),
    Form(("yesterday", "2026-11-16"), "The first moment of that day."),
)
DURATIONS: Final = (
    Form(("90s", "45m", "2h", "1h30m", "1.5h", "2 days", "1w"), "As they read."),
    Form(("45",), "Minutes."),
)
RANGES: Final = (
    Form(("today", "yesterday", "mon", "2026-11-16", "16 Nov 2026"), "One day."),
    Form(("10:00-11:30", "9am-noon"), "From one time to another, the last such."),
    Form(
        ("yesterday 22:00-01:00", "mon 9:00-10:00"),
        "Likewise, on the day named. It goes over midnight where it then lasts at most "
        "twelve hours.",
    ),
    Form(("mon..wed", "2026-11-02..2026-11-13"), "Whole days, both ends included."),
    Form(("9:15..11:00", "-2h..now", "yesterday 22:00..today 1:30"), "From one TIME to another."),
    Form(
        ("week", "this week", "last week", "2026-W47"),
        "A billing week of the contract, which need not begin on Monday. A numbered one is that "
        "which holds the Thursday of the ISO week.",
    ),
    Form(("month", "last month", "2026-11"), "A calendar month."),
    Form(("year", "last year", "2026"), "A calendar year."),
    Form(("last 7 days", "last 2 weeks"), "Whole days, today being the last."),
    Form(("last 3h", "last 90m"), "Up to now."),
)
SEGMENTS: Final = (
    Form(("@last", "@1"), "The last segment."),
    Form(("@3",), "The last three."),
    Form(("14:30", "yesterday 17:00"), "The segment that this time falls in."),
    Form(("today", "10:00-11:30"), "All segments of a RANGE."),
)
