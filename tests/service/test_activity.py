"""Activity and feedback: what happened in plain words, who looked, what was reported."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import httpx
import pytest

from tests.service.people import Visit, organisation, somebody
from tests.service.tracker import png
from tests.service.weeks import STRICT, WEEK, Pair, pair
from tests.support.cache_values import NINE, FixedClock
from worklog.domain import amendment
from worklog.service import agreements, requests, weeks
from worklog.service import complaints as desk
from worklog.service.agreements import agreement_for
from worklog.service.scope import SYSTEM
from worklog.service.service import Service
from worklog.service.store import audit, people
from worklog.service.store.audit import Concern, Cursor
from worklog.service.store.people import Person
from worklog.service.web.trail import WORDS

SOURCES = Path(agreements.__file__).parent


def person(service: Service, user: str) -> Person:
    with service.store.reading(SYSTEM) as scope:
        found = people.person_of(scope, user)
    assert found is not None
    return found


def words_of(answer: httpx.Response) -> str:
    """Return the text of a page, its spaces made one each."""
    assert answer.status_code == 200, answer.text
    _, _, main = answer.text.partition("<main")
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


# --- Words for every verb -------------------------------------------------------------


def strings(node: ast.expr, module: ast.Module) -> Iterator[str]:
    """Return every text that *node* can be, as far as the source says."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from strings(body, module)
            yield from strings(orelse, module)
        case ast.JoinedStr(values=values):
            for pieces in itertools.product(*(list(strings(one, module)) for one in values)):
                yield "".join(pieces)
        case ast.FormattedValue(value=ast.Call()):  # the kind of a change
            yield from (change.__name__.lower() for change in get_args(amendment.Change))
        case ast.FormattedValue(value=value):
            yield from strings(value, module)
        case ast.Name(id=name):
            for one in ast.walk(module):
                if isinstance(one, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == name for target in one.targets
                ):
                    yield from strings(one.value, module)


def recorded() -> set[str]:
    """Return every verb that the service writes into the trail."""
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for call in ast.walk(module):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in {"record", "_record"} and len(call.args) > 2:
                found.update(strings(call.args[1], module))
    return found


def test_every_verb_that_is_recorded_has_words() -> None:
    verbs = recorded()

    assert verbs >= {"logged-in", "week-submitted", "week-reopened", "diary-describe"}
    assert verbs - WORDS.keys() == set()


# --- The trail ------------------------------------------------------------------------


def happen(service: Service, people_of: Pair) -> None:
    """Let Ann ask for manual time, Olga decline it, and Ann submit a week."""
    ann = person(service, people_of.freelancer.user)
    olga = person(service, people_of.owner.user)
    with service.store.writing(ann.actor) as scope:
        name = requests.ask_manual(scope, people_of.contract, "for the train")
    with service.store.writing(olga.actor) as scope:
        requests.decide(scope, olga, people_of.contract, name, is_granted=False)
    with service.store.writing(ann.actor) as scope:
        agreement = agreement_for(scope, ann, people_of.contract)
        weeks.submit(scope, agreement, weeks.week_named(agreement.contract, WEEK))


def test_both_parties_read_what_happened_newest_first_and_in_their_own_person(
    service: Service, web: httpx.Client, visit: Visit, clock: FixedClock
) -> None:
    both = pair(service, web, STRICT)
    clock.instant = NINE + timedelta(days=7)
    happen(service, both)

    own = words_of(visit(both.freelancer).get("/activity"))
    theirs = words_of(visit(both.owner).get("/activity"))
    link = f'href="/timesheet?week={WEEK}"'

    submitted = own.index("You submitted the week, which locks it 2026-W47")
    declined = own.index("olga declined the request for time by hand")
    assert submitted < declined < own.index("You asked to add time by hand")
    assert "ann submitted the week" in theirs
    assert "You declined the request" in theirs
    assert "acme · ann" in theirs
    assert link in visit(both.member).get("/activity").text


def test_g11_nobody_reads_the_trail_of_others(
    service: Service, web: httpx.Client, visit: Visit, clock: FixedClock
) -> None:
    both = pair(service, web, STRICT)
    clock.instant = NINE + timedelta(days=7)
    happen(service, both)
    zoe, oscar = somebody(service, "zoe"), somebody(service, "oscar", is_operator=True)
    organisation(service, "Zeta", owners=[zoe])

    for stranger in (zoe, oscar):
        page = visit(stranger).get("/activity")
        assert "Nothing has happened yet." in page.text
        assert "acme" not in page.text


def test_a_trail_is_read_page_by_page_and_nothing_of_one_instant_is_lost(
    service: Service, visit: Visit
) -> None:
    ann = somebody(service, "ann")
    with service.store.writing(SYSTEM) as scope:
        for number in range(120):  # all of them at the same millisecond
            details = {"address": f"host-{number:03}"}
            audit.record(scope, "logged-in", Concern(user=ann.user), details=details)

    browser, found, address = visit(ann), [], "/activity"
    while True:
        page = browser.get(address)
        found.append(re.findall(r"host-\d{3}", page.text))
        older = re.search(r'href="(/activity\?before=[^"]+)"', page.text)
        if older is None:
            break
        address = older[1]

    assert [len(names) for names in found] == [50, 50, 20]
    assert sorted(itertools.chain(*found)) == [f"host-{number:03}" for number in range(120)]
    assert 'href="/activity"' in page.text


def test_a_place_that_is_none_shows_the_newest_and_one_after_the_end_says_so(
    service: Service, visit: Visit
) -> None:
    ann = somebody(service, "ann")
    with service.store.writing(SYSTEM) as scope:
        audit.record(scope, "logged-in", Concern(user=ann.user))
        audit.record(scope, "of-a-newer-version", Concern(user=ann.user))
    browser = visit(ann)

    for wrong in ("x", "1", "1.2", "1.2.", "-1.2.c", f"{'9' * 30}.1.c", "\uff11.1.c"):
        assert Cursor.read(wrong) is None
        page = words_of(browser.get("/activity", before=wrong))
        assert "The service logged in" in page
        assert "has no words for" in page
    assert "There is nothing older." in browser.get("/activity", before="1.1.c").text


# --- Who looked -----------------------------------------------------------------------


def test_r31_a_freelancer_sees_who_looked_at_which_pictures_and_when(
    service: Service, web: httpx.Client, visit: Visit, clock: FixedClock
) -> None:
    both = pair(service, web, STRICT)
    picture = png()
    part = both.tracker.part(NINE, pictures=(picture,))
    assert both.tracker.put(both.tracker.seal(part)).status_code == 201
    assert both.tracker.put_picture(part, 0, picture).status_code == 201
    ann, slot = visit(both.freelancer), part.slot.index
    address = f"/pictures/{both.contract}/{slot}/{part.part_id}/0"
    before = words_of(ann.get("/activity"))

    assert visit(both.owner).get(f"/diary/{both.contract}", day="2026-11-16").status_code == 200
    clock.instant += timedelta(minutes=30)
    assert visit(both.owner).get(address).status_code == 200
    assert ann.get(address).status_code == 200  # one's own looks are nobody's business
    page = ann.get("/activity")

    assert "Nobody of a client has looked at any yet." in before
    text = words_of(page)
    assert "olga opened 1 picture, saw 1 picture small" in text
    assert "last Mon 16 Nov 2026, 09:30" in text
    assert "ann opened" not in text
    assert f'href="/diary/{both.contract}?day=2026-11-16"' in page.text
    assert f'href="/diary/{both.contract}/segments/{slot}"' in page.text
    assert "Who looked" not in visit(both.owner).get("/activity").text


# --- Feedback -------------------------------------------------------------------------


def hidden(page: str) -> str:
    found = re.search(r'name="id" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_feedback_is_kept_once_and_closed_and_opened_by_the_operator(
    service: Service, visit: Visit
) -> None:
    somebody_, oscar = somebody(service, "ann"), somebody(service, "oscar", is_operator=True)
    ann, operator = visit(somebody_), visit(oscar)
    name = hidden(ann.get("/feedback").text)

    first = ann.send("/feedback", id=name, words="it <flickers>\r\n\r\nwhile I type  ")
    ann.send("/feedback", id=name, words="it flickers")
    inbox = operator.get("/feedback").text
    (address,) = re.findall(r'action="(/feedback/[^"]+)"', inbox)
    closed = operator.send(address, state="closed").text
    operator.send(address, state="closed")
    seen = ann.get("/feedback").text
    opened = operator.send(address, state="open").text

    assert "Whoever runs this service has it now." in first.text
    assert first.text.count("it &lt;flickers&gt;\n\nwhile I type</p>") == 1
    assert "1 open" in inbox
    assert "ann" in words_of(operator.get("/feedback"))
    assert "Open again" in closed
    assert "closed Mon 16 Nov 2026" in seen
    assert "Inbox" not in seen
    assert "1 open" in opened
    trail = words_of(ann.get("/activity"))
    assert trail.count("oscar closed a report of a problem") == 1
    assert "oscar opened a report of a problem again" in trail


@pytest.mark.parametrize("wrong", ["", " \n ", "x" * 4_001])
def test_feedback_that_says_nothing_or_too_much_comes_back_as_it_was_typed(
    service: Service, visit: Visit, wrong: str
) -> None:
    ann = visit(somebody(service, "ann"))

    answer = ann.post("/feedback", id="r-1", words=wrong)
    lost = ann.post("/feedback", id="../x", words="it flickers")

    assert answer.status_code == lost.status_code == 422
    assert ("Say what happened." if not wrong.strip() else "more than 4000") in answer.text
    assert f"required>{wrong.replace(chr(10), chr(13) + chr(10))}</textarea>" in answer.text or (
        wrong in answer.text
    )
    assert "it flickers</textarea>" in lost.text
    assert "You have sent nothing yet." in ann.get("/feedback").text


def test_t22_nobody_fills_the_database_from_the_page(service: Service, visit: Visit) -> None:
    who = somebody(service, "ann")
    ann = visit(who)
    with service.store.writing(person(service, who.user).actor) as scope:
        for number in range(desk.MOST_A_DAY):
            report = desk.written(f"r-{number}", "it flickers", version="1", agent="tests")
            assert desk.keep(scope, report, device=None)

    refused = ann.post("/feedback", id="one-more", words="and this")

    assert refused.status_code == 422
    assert "more than the service takes of one account in a day" in refused.text
    assert "and this</textarea>" in refused.text


def test_a_report_that_is_none_is_not_found_and_no_other_closes_one(
    service: Service, visit: Visit
) -> None:
    operator = visit(somebody(service, "oscar", is_operator=True))
    ann = visit(somebody(service, "ann"))
    ann.send("/feedback", id="r-1", words="it flickers")
    (address,) = re.findall(r'action="(/feedback/[^"]+)"', operator.get("/feedback").text)

    assert operator.post("/feedback/none", state="closed").status_code == 404
    assert ann.post(address, state="closed").status_code == 404

    assert "1 open" in operator.get("/feedback").text
