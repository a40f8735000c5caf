"""Feedback: telling whoever runs the service what is wrong, and their inbox of it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from worklog import __version__
from worklog.domain.canonical import printable
from worklog.service import complaints
from worklog.service.pages.contracts import Name
from worklog.service.problems import TooManyRequestsError
from worklog.service.routes.asking import Serving
from worklog.service.scope import Scope
from worklog.service.store import reports
from worklog.service.store.accounts import new_id
from worklog.service.store.people import Person
from worklog.service.store.reports import Report
from worklog.service.web.forms import Filled, Form, FormError
from worklog.service.web.rendering import again, go_to, page
from worklog.service.web.visiting import Visiting
from worklog.service.web.zones import zone_of
from worklog.wire.feedback import LONGEST_WORDS, Feedback

router = APIRouter()

_MOST: Final = 100  # reports shown
_LONGEST_AGENT: Final = 200  # characters
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
# Said beside the words already.
_SAID: Final = frozenset({"schema", "id", "text"})


@router.get("/feedback")
def get_feedback(request: Request, service: Serving, person: Visiting) -> Response:
    """Show the form, own earlier reports, and to an operator those of everybody."""
    return page(request, "feedback.html", person=person, **_shown(request, service, person))


@router.post("/feedback")
def post_feedback(request: Request, service: Serving, person: Visiting, form: Filled) -> Response:
    """Take a report in; the same form sent twice is one report."""
    name, words = form.raw("id"), _words(form)
    try:
        if not _ID.fullmatch(name):
            form.refuse("", "The form has lost its number. Send it again.")
        form.check()
        agent = printable(request.headers.get("User-Agent", ""))[:_LONGEST_AGENT]
        report = complaints.written(name, words, version=__version__, agent=agent)
        with service.store.writing(person.actor) as scope:
            _kept(scope, report)
    except FormError as error:
        shown = {**_shown(request, service, person), "words": form.raw("words")}
        return again(request, "feedback.html", error, person=person, **shown)
    return go_to("/feedback", notice="Thank you. Whoever runs this service has it now.")


@router.post("/feedback/{report}")
def post_report(service: Serving, person: Visiting, report: Name, form: Filled) -> Response:
    """Close a report, or open it again, as the operator."""
    is_closed = form.raw("state") != "open"
    with service.store.writing(person.actor) as scope:
        complaints.close(scope, report, is_closed=is_closed)
    return go_to("/feedback", notice="Closed." if is_closed else "It is open again.")


def _words(form: Form) -> str:
    """Return what was written, line by line."""
    lines = printable(form.raw("words")).splitlines()
    words = "\n".join(line.rstrip() for line in lines).strip()
    if not words:
        form.refuse("words", "Say what happened.")
    if len(words) > LONGEST_WORDS:
        form.refuse("words", f"It has more than {LONGEST_WORDS} characters.")
    return words


def _kept(scope: Scope, report: Feedback) -> None:
    try:
        complaints.keep(scope, report, device=None)
    except TooManyRequestsError as error:
        raise FormError({"": f"{error} {error.hint}"}) from error


def _shown(request: Request, service: Serving, person: Person) -> dict[str, Any]:
    with service.store.reading(person.actor) as scope:
        own = reports.reports_of(scope, person.user, limit=_MOST)
        inbox = complaints.inbox(scope, limit=_MOST) if person.is_operator else []
        fresh = new_id(scope)
    return {
        "words": "",
        "fresh": fresh,
        "own": own,
        "inbox": [(report, _came_along(report)) for report in inbox],
        "open_count": sum(report.closed_at is None for report in inbox),
        "zone": zone_of(request, person),
    }


def _came_along(report: Report) -> str:
    """Return what a report brought along, for reading."""
    content = json.loads(report.content)
    return json.dumps(
        {name: value for name, value in content.items() if name not in _SAID},
        indent=2,
        ensure_ascii=False,
    )
