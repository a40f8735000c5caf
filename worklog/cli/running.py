"""`start` and `continue`: from a request to a tracker that runs until something ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from worklog.app.tracking import Plan
from worklog.cli import syncing
from worklog.cli.background import Announcement, divide
from worklog.cli.consent import may_take_pictures, may_take_snapshots
from worklog.cli.machine import ways_of
from worklog.cli.starting import first_contract_note, make_plan
from worklog.cli.status_file import read_status
from worklog.cli.steering import no_reader_needed, tell_stopped
from worklog.cli.tracker import Assembly, Wanted, Ways, check_pictures
from worklog.cli.watching import observers
from worklog.domain.ranges import Range
from worklog.domain.session import Session
from worklog.domain.text import clean_label, clean_memo
from worklog.errors import AlreadyTrackingError, NotFoundError, UsageError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext


@dataclass(frozen=True, slots=True)
class Request:
    """What `worklog start` was asked for, as typed.

    Attributes:
        contract: Name, or None for the obvious one.
        memo: Free text.
        label: Activity label.
        at: Earlier start.
        lasting: Duration after which to end.
        until: Time at which to end.
        in_background: Leave the terminal.
        has_pictures: Whether pictures are wanted.
        only_if_stopped: A running tracker is no error.
    """

    contract: str | None = None
    memo: str | None = None
    label: str | None = None
    at: str | None = None
    lasting: str | None = None
    until: str | None = None
    in_background: bool = False
    has_pictures: bool = True
    only_if_stopped: bool = False


def start_tracking(context: AppContext, request: Request) -> None:
    """Track as *request* says; returns when tracking has ended.

    Raises:
        AlreadyTrackingError: another tracker runs.
        UsageError: something is missing that only a terminal could be asked for.
        InvalidTimeError: the times make no sense.
        CaptureUnavailableError: the contract requires pictures and there can be none.
    """
    context.heals = True
    if (pid := context.lock.holder()) is not None:
        if request.only_if_stopped:
            context.output.result({"session": None, "pid": pid}, lambda: "")
            return
        if not _goes_on(context, request, pid):
            raise _already(pid)
        return
    context.recover()
    until = _until(context, request)
    began = _began(context, request)
    plan = make_plan(context, request.contract, memo=request.memo, label=request.label)
    has_pictures = may_take_pictures(context, plan.contract, is_wanted=request.has_pictures)
    has_snapshots = has_pictures and may_take_snapshots(context, plan.contract)
    if plan.is_first:
        context.output.note(first_contract_note(plan.contract))
    wanted = Wanted(until=until, has_pictures=has_pictures, has_snapshots=has_snapshots)
    if not request.in_background:
        session = _track(context, plan, wanted, began)
        with no_reader_needed():
            tell_stopped(context, session, "")
        return
    pid = divide(context, lambda started: _silently(context, plan, wanted, began, started))
    context.output.result(
        {"pid": pid, "contract": plan.contract.name, "memo": plan.memo},
        lambda: f"Tracking {plan.contract.name} in the background (pid {pid}).",
    )


def _goes_on(context: AppContext, request: Request, pid: int) -> bool:
    """Let a tracker that is paused go on, where *request* asks for no other session (R13).

    Raises:
        NotFoundError: the contract has no such label; it stays paused.
    """
    told, session = read_status(context.places.status_file), context.cache.running_session()
    contract = context.tracking.by_id(session.contract) if session is not None else None
    if told is None or told.get("pid") != pid or not told.get("paused") or contract is None:
        return False
    wanted = request.contract
    if wanted is not None and context.tracking.contract(wanted) != contract:
        return False
    rest = replace(request, contract=None, memo=None, label=None, in_background=False)
    if rest != Request():
        return False
    context.tracking.describe(
        memo=None if request.memo is None else clean_memo(request.memo),
        label=None if request.label is None else clean_label(request.label),
    )
    context.tracking.post("resume")
    context.output.result(
        {"session": session.session_id if session else None, "pid": pid},
        lambda: f"Tracking {contract.name} again (pid {pid}).",
    )
    return True


def continue_tracking(context: AppContext, *, in_background: bool) -> None:
    """Start again where the last session left off.

    Raises:
        NotFoundError: there is no session to continue, or its contract is gone.
    """
    last = context.cache.last_session()
    contract = context.tracking.by_id(last.contract) if last is not None else None
    if last is None or contract is None or contract.is_archived:
        msg = "There is no session to continue."
        raise NotFoundError(msg, hint='Start one: worklog start -m "what you do".')
    start_tracking(
        context,
        Request(
            contract=contract.name,
            memo=last.memo,
            label=last.label,
            in_background=in_background,
        ),
    )


def _track(
    context: AppContext,
    plan: Plan,
    wanted: Wanted,
    began: Range | None,
    started: Callable[[], None] | None = None,
) -> Session:
    """Track until something ends it; *started* is called once it has begun, in the background.

    The time *began* before now is added as manual time, by the one tracker that tracks.
    """
    if not context.lock.acquire():
        raise _already(context.lock.holder())
    try:
        with ways_of(context) as ways:
            check_pictures(plan.contract, ways, context.clock.now())
            if began is not None:
                _add_manual(context, plan, began)
            # The uploader is the last to go, so that nothing that shows waits for it.
            with syncing.uploads(context) as uploader, observers(context) as watch:
                if uploader is not None:
                    uploader.attach(watch.tell)
                    watch.round.members.append(uploader)
                if started is not None:
                    watch.round.members.append(Announcement(started, ways.notify))
                is_drawn = watch.notices is not None and _is_for_terminals(ways)
                shown = replace(ways, notify=watch.notices) if is_drawn else ways
                assembly = Assembly(context, plan, shown, wanted, watch.round)
                watch.attach(assembly.tracker)
                return assembly.run()
    finally:
        context.lock.release()


def _is_for_terminals(ways: Ways) -> bool:
    """Return whether notices would be lines on the terminal that the display is drawn on."""
    return ways.notify is None or ways.notify.name == "terminal"


def _silently(
    context: AppContext,
    plan: Plan,
    wanted: Wanted,
    began: Range | None,
    started: Callable[[], None],
) -> None:
    _track(context, plan, wanted, began, started)


def _already(pid: int | None) -> AlreadyTrackingError:
    msg = f"A tracker is running already (pid {pid})." if pid else "A tracker is running already."
    return AlreadyTrackingError(
        msg,
        hint="`worklog switch CONTRACT` or `worklog memo TEXT` steers it, `worklog stop` ends it.",
    )


def _until(context: AppContext, request: Request) -> datetime | None:
    """Return when tracking is to end.

    Raises:
        UsageError: both --for and --until were given.
        InvalidTimeError: that is not after now.
    """
    from worklog.cli.params import duration, upcoming

    if request.lasting is not None and request.until is not None:
        msg = "--for and --until exclude each other."
        raise UsageError(msg, hint="Give one of them.")
    if request.lasting is not None:
        return context.clock.now() + duration(request.lasting)
    return None if request.until is None else upcoming(context, request.until)


def _began(context: AppContext, request: Request) -> Range | None:
    """Return the time before now that --at asks for; None without it."""
    from worklog.cli.params import when

    if request.at is None:
        return None
    instant, now = when(context, request.at), context.clock.now()
    if instant >= now:
        return None
    return Range(instant, now, request.at)


def _add_manual(context: AppContext, plan: Plan, span: Range) -> None:
    memo = plan.memo or "started earlier"
    _, slots = context.editing.add(
        replace(span, end=context.clock.now()), plan.contract, memo=memo, label=plan.label
    )
    context.output.note(f"{len(slots)} segments before now were added as manual time.")
