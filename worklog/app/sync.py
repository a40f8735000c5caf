"""Syncing with a diary service: the plan of `sync_plan` is carried out.

The plan is pure and knows all the rules of what leaves when; `Syncer` only does what it
says. All state is in the cache, so a run may end anywhere and the next one goes on:
whatever was sent twice is acknowledged twice with the same receipt.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from worklog.app.ports import Clock
from worklog.app.sync_changes import Intake, not_yet
from worklog.app.sync_plan import (
    AMENDMENT,
    PART,
    Compare,
    Forget,
    Local,
    Operation,
    Remote,
    Rest,
    SendAmendments,
    SendParts,
    SendPictures,
    SendReport,
    TakeChanges,
    plan,
)
from worklog.app.sync_ports import (
    Gateway,
    Parked,
    ServiceBusyError,
    Standing,
    SyncStore,
    WaitingPicture,
)
from worklog.domain.evidence import Verifier
from worklog.domain.ids import AmendmentId, PartId
from worklog.errors import (
    CacheBusyError,
    CacheCorruptError,
    ErasedError,
    NotFoundError,
    ServiceAuthError,
    ServiceProtocolError,
    ServiceUnreachableError,
    VersionRefusedError,
    WorklogError,
)
from worklog.wire.sync.account import Service
from worklog.wire.sync.digests import HeldPart
from worklog.wire.sync.messages import API_VERSION
from worklog.wire.sync.receipts import ReceiptOf, SignedReceipt
from worklog.wire.sync.results import Problem, Result
from worklog.wire.sync.uploads import amendment_digest, picture_name

COMPARE_EVERY: Final = timedelta(days=1)
MOST_PAGES: Final = 100  # of the feed in one run; the next run goes on
CLOCKS_AGREE: Final = timedelta(seconds=60)
WHOLE_SECOND: Final = timedelta(seconds=1)
MOST_EPOCHS: Final = 3  # databases that a service may have in one run
PLAN_AGE_NS: Final = 60 * 10**9  # after which a plan is made anew


@dataclass(slots=True)
class Outcome:
    """What one run came to.

    Attributes:
        parts: Parts that the service acknowledged.
        pictures: Likewise.
        amendments: Likewise.
        reports: Likewise.
        taken: Changes of the service that were taken in.
        parked: (id, why) of what the service refused or what cannot be read here.
        notes: What a person should know, one printable sentence each.
        rest: When something else may leave; None if nothing waits for a time.
        was_stopped: The run was told to end before it was done.
    """

    parts: int = 0
    pictures: int = 0
    amendments: int = 0
    reports: int = 0
    taken: int = 0
    parked: list[tuple[str, WorklogError]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rest: datetime | None = None
    was_stopped: bool = False


Job = tuple[WaitingPicture, bytes]


class Syncer:
    """Syncs one cache with one service.

    Args:
        verify: Whether bytes were signed by the key that was pinned at login.
        key: That key.
        version: Of this program.
        review: How long a part stays here after its seal (R28).
        clock: Read once per step.
        more: Makes up to `LANES` - 1 more gateways to the same service, each to be used in
            a thread of its own. Called once there is use for them.
    """

    def __init__(  # noqa: PLR0913 -- each is a thing of its own, handed in by name
        self,
        gateway: Gateway,
        store: SyncStore,
        *,
        clock: Clock,
        verify: Verifier,
        key: bytes,
        version: str,
        review: timedelta,
        more: Callable[[], Sequence[Gateway]] | None = None,
    ) -> None:
        self._gateway = gateway
        self._lanes: tuple[Gateway, ...] = (gateway,)
        self._more = more
        self._store = store
        self._clock = clock
        self._verify = verify
        self._key = key
        self._version = version
        self._review = review
        self._standing = Standing()
        self._is_current = False
        self._epochs = 0

    def run(
        self, stop: threading.Event, *, tell: Callable[[Outcome], None] = lambda _: None
    ) -> Outcome:
        """Sync until nothing is left that may leave now, or until *stop* is set.

        *tell* is called after each step with what was done so far.

        Raises:
            WorklogError: what stands in the way; it is remembered for `status` too.
                Everything that was done until then stays done.
        """
        outcome = Outcome()
        self._standing = self._store.standing()
        self._is_current, self._epochs = False, 0
        try:
            self._greet(outcome)
            self._go(outcome, stop, tell)
        except WorklogError as error:
            if not isinstance(error, CacheBusyError):
                self._remember_problem(error)
            raise
        if not outcome.was_stopped:
            self._save(contact_at=self._clock.now(), problem="", message="", hint="", retry_at=None)
        return outcome

    def _go(self, outcome: Outcome, stop: threading.Event, tell: Callable[[Outcome], None]) -> None:
        is_settled = False
        while not is_settled:
            is_settled = True
            since_ns = self._clock.boot_ns()
            for operation in self._plan():
                if stop.is_set():
                    outcome.was_stopped = True
                    return
                is_settled &= self._do(operation, outcome)
                tell(outcome)
                # What was sealed meanwhile comes before the pictures of old weeks.
                if self._clock.boot_ns() - since_ns > PLAN_AGE_NS:
                    is_settled = False
                    break

    def _plan(self) -> tuple[Operation, ...]:
        local = Local(
            service=self._store.service,
            contracts=self._store.contracts(),
            parts=self._store.parts(),
            amendments=self._store.amendments(),
            review=self._review,
            now=self._clock.now(),
            reports=self._store.reports(),
        )
        standing = self._standing
        is_fresh = (
            standing.compared_at is not None
            and standing.compared_epoch == standing.epoch
            and timedelta() <= local.now - standing.compared_at < COMPARE_EVERY
        )
        return plan(local, Remote(standing.cursor, self._is_current, is_fresh))

    def _do(self, operation: Operation, outcome: Outcome) -> bool:  # noqa: PLR0911 -- a table
        """Carry out one *operation*; return whether it left the plan as it is."""
        parked = len(outcome.parked)
        match operation:
            case Forget(kind, name):
                self._store.forget(kind, name)
                return True
            case SendAmendments(amendments):
                self._send_amendments(amendments, outcome)
                return len(outcome.parked) == parked
            case TakeChanges(after):
                return not self._take_changes(after, outcome)
            case Compare():
                return not self._compare()
            case SendReport(report):
                self._send_report(report, outcome)
                return True
            case SendParts(parts):
                self._send_parts(parts, outcome)
                return len(outcome.parked) == parked
            case SendPictures(parts):
                self._send_pictures(parts, outcome)
                return len(outcome.parked) == parked
            case Rest(until):
                outcome.rest = until
                return True
            case _:
                assert_never(operation)

    # --- The service itself -------------------------------------------------------------

    def _greet(self, outcome: Outcome) -> None:
        found = self._gateway.service()
        check_service(found, self._version)
        if found.key != self._key:
            msg = "The service signs with another key than at login."
            hint = "If its operator says so, run `worklog login URL` again; else it is another one."
            raise ServiceAuthError(msg, hint=hint)
        apart = found.now - self._clock.now()
        skew = apart // WHOLE_SECOND * WHOLE_SECOND if abs(apart) > CLOCKS_AGREE else None
        if skew is not None:
            outcome.notes.append("This machine's clock and the service's are over a minute apart.")
        if (skew is None) != (self._standing.skew is None):
            self._save(skew=skew)
        self._heard_of(found.epoch)

    def _heard_of(self, epoch: str) -> bool:
        """Begin anew where the service's database is another one; return whether it is."""
        if epoch == self._standing.epoch:
            return False
        self._epochs += 1
        if self._epochs > MOST_EPOCHS:
            msg = "The service names another database with each answer."
            raise ServiceProtocolError(msg, hint="Tell the service's operator.")
        self._save(epoch=epoch, cursor=0)
        self._is_current = False
        return True

    # --- Sending ------------------------------------------------------------------------

    def _send_amendments(self, amendments: Sequence[AmendmentId], outcome: Outcome) -> None:
        texts: dict[AmendmentId, str] = {}
        for amendment in amendments:
            text = self._store.amendment_text(amendment)
            if text is None:
                self._store.forget(AMENDMENT, amendment)
            else:
                texts[amendment] = text
        if not texts:
            return
        results = _of_all(self._gateway.send_amendments(list(texts.values())), len(texts))
        wanted = [
            (AMENDMENT, ReceiptOf.AMENDMENT, str(name), amendment_digest(text))
            for name, text in texts.items()
        ]
        outcome.amendments += self._settle(wanted, results, outcome)

    def _send_parts(self, parts: Sequence[PartId], outcome: Outcome) -> None:
        records = {}
        for part in parts:
            try:
                record = self._store.record(part)
            except CacheCorruptError as error:  # it is encrypted, and its key is not here
                self._park(PART, part, error, outcome)
                continue
            if record is None:
                self._store.forget(PART, part)
            else:
                records[part] = record
        if not records:
            return
        results = _of_all(self._gateway.send_parts(list(records.values())), len(records))
        wanted = [
            (PART, ReceiptOf.PART, str(name), record.digest) for name, record in records.items()
        ]
        outcome.parts += self._settle(wanted, results, outcome)

    def _settle(
        self,
        wanted: Sequence[tuple[str, ReceiptOf, str, str]],
        results: Sequence[Result],
        outcome: Outcome,
    ) -> int:
        """Keep the receipts of a batch and park what was refused; return how many hold.

        Raises:
            WorklogError: an item was put off, or its receipt does not hold. The good ones
                are kept before.
        """
        good: list[SignedReceipt] = []
        trouble: WorklogError | None = None
        for (kind, of, name, digest), result in zip(wanted, results, strict=True):
            if result.problem is not None:
                try:
                    self._refused(kind, name, result.problem, outcome)
                except WorklogError as error:
                    trouble = error
            elif result.receipt and result.receipt.proves(of, name, digest, self._verify):
                good.append(result.receipt)
            else:
                trouble = _unproven(name)
        self._store.acknowledge(good)
        if trouble is not None:
            raise trouble
        return len(good)

    def _refused(self, kind: str, name: str, problem: Problem, outcome: Outcome) -> None:
        error = problem.error
        if isinstance(error, ErasedError):
            self._store.forget(kind, name)  # the tombstone is there already
            return
        if problem.is_passing:
            raise ServiceBusyError(str(error), hint=error.hint)
        if isinstance(error, ServiceAuthError | VersionRefusedError):
            raise error
        self._park(kind, name, error, outcome)

    def _park(self, kind: str, name: str, error: WorklogError, outcome: Outcome) -> None:
        self._store.park(kind, name, Parked(error.code, str(error), self._clock.now()))
        outcome.parked.append((name, error))

    def _send_pictures(self, parts: Sequence[PartId], outcome: Outcome) -> None:
        """Send the pictures of *parts*, one of each part at a time and those together."""
        left = {part: deque(self._store.pictures(part)) for part in parts}
        for part, pictures in left.items():
            if not pictures and self._store.is_receipted(part):
                self._store.forget(PART, part)  # the service has them all, or wants none
        if len(parts) > 1 and self._more is not None:
            self._lanes, self._more = (*self._lanes, *self._more()), None
        while left:
            jobs = []
            for part in list(left)[: len(self._lanes)]:
                job = self._next_picture(left[part], outcome)
                if job is None:
                    del left[part]
                else:
                    jobs.append(job)
            for part in self._settle_pictures(jobs, self._sent_together(jobs), outcome):
                del left[part]

    def _next_picture(self, pictures: deque[WaitingPicture], outcome: Outcome) -> Job | None:
        """Return the next of *pictures* with its bytes, read just before it leaves."""
        while pictures:
            picture = pictures.popleft()
            try:
                data = self._store.image(picture)
            except (NotFoundError, CacheCorruptError) as error:
                self._park(PART, picture.part, error, outcome)
                return None
            if data is not None:
                return picture, data
        return None

    def _sent_together(self, jobs: Sequence[Job]) -> list[SignedReceipt | Exception]:
        """Send each of *jobs* over a connection of its own; return what came of them.

        The threads are daemons: a server that hangs holds up no end of the process.
        """
        found: dict[int, SignedReceipt | Exception] = {}

        def send(position: int) -> None:
            picture, data = jobs[position]
            try:
                found[position] = self._lanes[position].send_picture(
                    picture.part, picture.position, data
                )
            except Exception as error:  # noqa: BLE001 -- raised again in the thread that asked
                found[position] = error

        others = [
            threading.Thread(target=send, args=(position,), daemon=True)
            for position in range(1, len(jobs))
        ]
        for thread in others:
            thread.start()
        if jobs:
            send(0)
        for thread in others:
            thread.join()
        return [found[position] for position in range(len(jobs))]

    def _settle_pictures(
        self, jobs: Sequence[Job], found: Sequence[SignedReceipt | Exception], outcome: Outcome
    ) -> list[PartId]:
        """Keep the receipts that hold; return the parts of which no more is to be sent.

        Raises:
            WorklogError: the run ends here. The good receipts are kept before.
        """
        good: list[SignedReceipt] = []
        over: list[PartId] = []
        trouble: Exception | None = None
        for (picture, _), result in zip(jobs, found, strict=True):
            name = picture_name(picture.part, picture.position)
            if isinstance(result, ErasedError):
                self._store.forget(PART, picture.part)
                over.append(picture.part)
            elif isinstance(result, WorklogError) and not _ends_the_run(result):
                self._park(PART, picture.part, result, outcome)
                over.append(picture.part)
            elif isinstance(result, Exception):
                trouble = result
            elif result.proves(ReceiptOf.IMAGE, name, picture.sha256, self._verify):
                good.append(result)
            else:
                trouble = _unproven(name)
        self._store.acknowledge(good)
        outcome.pictures += len(good)
        if trouble is not None:
            raise trouble
        return over

    def _send_report(self, name: str, outcome: Outcome) -> None:
        report = self._store.report(name)
        if report is None:
            return
        try:
            self._gateway.send_report(report)
        except NotFoundError:
            return  # a service of before there were reports; it may be updated
        except WorklogError as error:
            if _ends_the_run(error):
                raise
            file = self._store.set_report_aside(name)
            outcome.notes.append(f"The service refused a report ({error}); it is in {file}.")
            return
        self._store.forget_report(name)
        outcome.reports += 1

    # --- Taking in ----------------------------------------------------------------------

    def _take_changes(self, after: int, outcome: Outcome) -> bool:
        """Read the feed to its end; return whether it brought anything."""
        intake = Intake(self._store, self._clock)
        has_news = False
        for _ in range(MOST_PAGES):
            page = self._gateway.changes(after)
            if self._heard_of(page.epoch):
                return True
            if page.has_more and page.next <= after:
                msg = "The service's feed of changes does not move on."
                raise ServiceProtocolError(msg, hint="Tell the service's operator.")
            if (early := not_yet(page, self._clock.now())) is not None:
                outcome.notes.append(early)
                break
            for item in page.items:
                outcome.notes += intake.take(item)
            outcome.taken += len(page.items)
            has_news |= bool(page.items)
            if page.next != after:
                self._save(cursor=page.next)
            after = page.next
            if not page.has_more:
                break
        self._is_current = True
        return has_news

    def _compare(self) -> bool:
        """Queue again what the service has lost; return whether there was any."""
        store = self._store
        has_lost = False
        theirs_of_amendments = None
        for stream in store.streams():
            found = self._gateway.digests(stream)
            if self._heard_of(found.epoch):
                return True
            theirs_of_amendments = found.amendments
            theirs = {week.week: week for week in found.weeks}
            for ours in store.acknowledged(stream):
                if theirs.get(ours.week) == ours:
                    continue
                held = {part.part: part for part in self._gateway.held(stream, ours.week)}
                kept = store.acknowledged_parts(stream, ours.week)
                lost = [part.part for part in kept if _lacks(held.get(part.part), part)]
                if lost:
                    store.queue_parts(lost)
                    has_lost = True
        if (
            theirs_of_amendments is not None
            and theirs_of_amendments != store.acknowledged_amendments()
        ):
            store.queue_amendments()
            has_lost = True
        self._save(compared_epoch=self._standing.epoch, compared_at=self._clock.now())
        return has_lost

    # --- Remembering --------------------------------------------------------------------

    def _save(self, **changes: object) -> None:
        self._standing = replace(self._standing, **changes)  # type: ignore[arg-type]  # by name
        self._store.save_standing(self._standing)

    def put_off(self, until: datetime) -> None:
        """Remember for `status` when it is tried again."""
        self._save(retry_at=until)

    def _remember_problem(self, error: WorklogError) -> None:
        self._save(problem=error.code, message=str(error), hint=error.hint or "")


def check_service(service: Service, version: str) -> None:
    """Refuse to go on with a service that does not know this tracker.

    Raises:
        VersionRefusedError: it does not accept *version*, or speaks another interface.
    """
    if API_VERSION not in service.api or not service.accepts(version):
        span = f"{service.tracker_from} or later"
        if service.tracker_below:
            span = f"{service.tracker_from} to below {service.tracker_below}"
        msg = f"The service does not accept worklog {version}; it wants {span}."
        hint = "Update worklog. Tracking goes on, and nothing that waits is lost."
        raise VersionRefusedError(msg, hint=hint)


def _lacks(held: HeldPart | None, ours: HeldPart) -> bool:
    return (
        held is None or held.digest != ours.digest or not set(ours.pictures) <= set(held.pictures)
    )


def _of_all(results: Sequence[Result], count: int) -> Sequence[Result]:
    if len(results) != count:
        msg = f"The service answered {len(results)} results to {count} things sent."
        raise ServiceProtocolError(msg, hint="Tell the service's operator.")
    return results


def _unproven(name: str) -> ServiceProtocolError:
    msg = f"The service's receipt for {name} does not hold."
    return ServiceProtocolError(msg, hint="It stays queued. Tell the service's operator.")


def _ends_the_run(error: WorklogError) -> bool:
    """Return whether *error* is about the service or this machine, not about one thing sent."""
    return isinstance(
        error,
        ServiceUnreachableError
        | ServiceAuthError
        | ServiceProtocolError
        | VersionRefusedError
        | CacheBusyError,
    ) or error.code.startswith("cache-")
