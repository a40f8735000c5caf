"""`sync`, `login`, `logout`, `whoami`, and the uploader's wiring: services and this machine.

httpx is loaded by what speaks to a service, and by nothing else.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import typer

from worklog import __version__
from worklog.cli.choosing import confirm
from worklog.domain.wording import count
from worklog.errors import NotFoundError, PartialError, UsageError, WorklogError

if TYPE_CHECKING:
    from worklog.app.sync import Outcome, Syncer
    from worklog.cache.outbox import Outbox
    from worklog.cache.store import SqliteCache
    from worklog.cli.context import AppContext
    from worklog.cli.uploader import Uploader
    from worklog.remote.client import DiaryClient
    from worklog.remote.token_file import Login, Logins

RECEIPTS_SUFFIX: Final = ".receipts"


# --- Opening --------------------------------------------------------------------------


def logins_of(context: AppContext) -> Logins:
    """Return the logins of this user."""
    from worklog.remote.token_file import Logins
    from worklog.remote.vault import find_vault

    return Logins(context.places.config, vault=find_vault())


def client_of(context: AppContext, login: Login) -> DiaryClient:
    """Return the client of *login*."""
    from worklog.remote.client import DiaryClient

    return DiaryClient(context.transport(login.service), login.token)


class ServiceLine:
    """A service with its syncer, over a connection to the cache of its own."""

    def __init__(self, context: AppContext, login: Login, cache: SqliteCache) -> None:
        from worklog.app.sync import Syncer
        from worklog.cache.keys import verifies
        from worklog.cache.outbox import Outbox

        self._cache = cache
        self.client = client_of(context, login)
        self._more: list[DiaryClient] = []
        self.outbox: Outbox = Outbox(cache, login.service)
        self.verify: Callable[[bytes, bytes], bool] = partial(verifies, login.key)
        self.syncer: Syncer = Syncer(
            self.client,
            self.outbox,
            clock=context.clock,
            verify=self.verify,
            key=login.key,
            version=__version__,
            review=context.settings.capture.review,
            more=partial(self._open_more, context, login),
        )

    def _open_more(self, context: AppContext, login: Login) -> list[DiaryClient]:
        from worklog.app.sync_plan import LANES

        self._more = [client_of(context, login) for _ in range(LANES - 1)]
        return self._more

    def abort(self) -> None:
        """End what is under way on the network; from any thread."""
        for client in (self.client, *self._more):
            client.abort()

    def close(self) -> None:
        """Let go of the connection to the service, and of the cache."""
        for client in (self.client, *self._more):
            client.close()
        self._cache.close()


def open_line(context: AppContext, service: str) -> ServiceLine:
    """Open *service* in this thread.

    Raises:
        ServiceAuthError: there is no login, or it is not safe to use.
    """
    from worklog.cache.opening import open_cache
    from worklog.errors import ServiceAuthError

    login = logins_of(context).find(service)
    if login is None:
        msg = f"This device is not logged in to {service}."
        raise ServiceAuthError(msg, hint=f"Run `worklog login {service}`.")
    cache = open_cache(context.places, clock=context.clock)
    context.equip(cache)
    line = ServiceLine(context, login, cache)
    line.outbox.queue_amendments(again=False)
    return line


@contextmanager
def uploads(context: AppContext) -> Iterator[Uploader | None]:
    """Sync in a thread of its own meanwhile; None where nobody is logged in.

    For the tracker: an `Observer` to add to the round, entered after the process divided.
    """
    from worklog.remote.token_file import Logins

    logins = Logins(context.places.config)  # no token is needed here, so no keyring is loaded
    try:
        is_wanted = bool(logins.services())
    except WorklogError as error:
        context.output.note(f"{error} {error.hint or ''}".strip())
        is_wanted = False
    if not is_wanted:
        yield None
        return
    from worklog.cli.uploader import Uploader

    with Uploader(
        logins.services,
        partial(open_line, context),
        clock=context.clock,
        chance=context.chance,
    ) as uploader:
        yield uploader


# --- Commands -------------------------------------------------------------------------


def sync(
    context: AppContext, *, only_status: bool, export: str | None, carried: str | None
) -> None:
    """Sync now, or say what waits, or carry it by file.

    Raises:
        UsageError: several of these at once.
        NotFoundError: there is no service to sync with.
        WorklogError: what stands in the way; what was done stays done.
    """
    if sum([only_status, export is not None, carried is not None]) > 1:
        msg = "--status, --export and --import exclude each other."
        raise UsageError(msg, hint="Give one of them.")
    if only_status:
        from worklog.cli.outstanding import show_waiting

        show_waiting(context)
    elif export is not None:
        export_outbox(context, export)
    elif carried is not None:
        import_outbox(context, carried)
    else:
        sync_now(context)


def sync_now(context: AppContext) -> None:
    """Sync with all services of this user, and ask what only a person can decide."""
    context.recover()
    services = logins_of(context).services()
    if not services:
        msg = "This device is not logged in to a diary service."
        raise NotFoundError(msg, hint="Run `worklog login URL`.")
    outcomes: dict[str, Outcome] = {}
    problems: list[WorklogError] = []
    for service in services:
        try:
            line = open_line(context, service)
        except WorklogError as error:
            problems.append(error)
            continue
        try:
            outcomes[service] = line.syncer.run(threading.Event())
            _ask_for_offers(context, line.outbox)
        except WorklogError as error:
            problems.append(error)
        finally:
            line.close()
    refused = [item for outcome in outcomes.values() for item in outcome.parked]
    if refused and not problems:
        msg = f"{count(len(refused), 'thing')} refused; it stays here."
        problems.append(PartialError(msg, hint="`worklog sync --status` says why."))
    for outcome in outcomes.values():
        for note in outcome.notes:
            context.output.note(note)
    context.output.result(
        {"services": [_outcome_json(service, it) for service, it in outcomes.items()]},
        lambda: "\n".join(_sentence(service, it) for service, it in outcomes.items()),
        problems=problems,
    )


def _ask_for_offers(context: AppContext, outbox: Outbox) -> None:
    """Ask whether a wider policy is agreed to (R30); off a terminal it goes on waiting."""
    if not context.is_interactive or context.output.is_json or context.lock.holder() is not None:
        return
    for contract in outbox.offers():
        policy = contract.terms[-1].policy
        context.output.note(
            f"{contract.name} asks for: screenshots {policy.screenshots.value}, window titles "
            f"{'yes' if policy.titles else 'no'}, pixelated by {policy.pixelate}."
        )
        if typer.confirm("Agree to that from now on?", default=False, err=True):
            outbox.save_contract(contract, at=context.clock.now())
            outbox.offer(contract.contract_id, None)


def export_outbox(context: AppContext, path: str) -> None:
    """Write what may leave now into a file, for another machine to send."""
    from worklog.app.sync_plan import Local, Remote, SendParts, SendPictures, plan
    from worklog.cache.outbox import Outbox
    from worklog.cache.waiting import what_waits
    from worklog.cli.carrying import write_load

    context.recover()
    services = [waiting.service for waiting in what_waits(context.cache) if not waiting.is_empty]
    if len(services) != 1:
        msg = "Nothing waits." if not services else "Several services wait, and a file is for one."
        raise NotFoundError(msg, hint="`worklog sync --status` shows what waits.")
    outbox = Outbox(context.cache, services[0])
    outbox.queue_amendments(again=False)
    steps = plan(
        Local(
            service=outbox.service,
            contracts=outbox.contracts(),
            # What was refused is in the file too: somebody else may know what to do with it.
            parts=[replace(part, parked=None) for part in outbox.parts()],
            amendments=outbox.amendments(),
            review=context.settings.capture.review,
            now=context.clock.now(),
        ),
        Remote(is_current=True, is_compared=True),
    )
    rows = [part for step in steps if isinstance(step, SendParts) for part in step.parts]
    pictured = [part for step in steps if isinstance(step, SendPictures) for part in step.parts]
    number = write_load(outbox, path, list(dict.fromkeys([*rows, *pictured])))
    context.output.result(
        {"file": path, "service": outbox.service, "things": number},
        lambda: f"{path}: {count(number, 'thing')} for {outbox.service}.",
    )


def import_outbox(context: AppContext, path: str) -> None:
    """Send what a file carries, or take in the receipts that came back for it."""
    from worklog.cli.carrying import proven, read_load, write_receipts

    load = read_load(path)
    line = open_line(context, load.service)
    try:
        if load.receipts:
            held = proven(line.outbox, load.receipts, line.verify)
            line.outbox.acknowledge(held)
            context.output.result(
                {"file": path, "receipts": len(held)},
                lambda: f"{count(len(held), 'receipt')} taken in.",
            )
            return
        receipts, problems = _send_load(line, path)
    finally:
        line.close()
    back = f"{path}{RECEIPTS_SUFFIX}"
    write_receipts(back, load.service, receipts)
    context.output.result(
        {"file": path, "receipts": len(receipts), "receipts_file": back},
        lambda: f"{count(len(receipts), 'thing')} sent. Carry {back} back and import it there.",
        problems=problems,
    )


def _send_load(line: ServiceLine, path: str) -> tuple[list[Any], list[WorklogError]]:
    from worklog.cli.carrying import pictures_of, read_load
    from worklog.wire.sync.messages import MOST_AMENDMENTS, MOST_PARTS
    from worklog.wire.sync.results import Result
    from worklog.wire.sync.uploads import packed

    load = read_load(path)
    texts, records = list(load.amendments.values()), list(load.parts.values())
    results: list[Result] = []
    for run in packed([2 * len(text.encode()) for text in texts], most=MOST_AMENDMENTS):
        results += line.client.send_amendments([texts[n] for n in run])
    sizes = [2 * (len(one.header) + len(one.fields.encode())) + 256 for one in records]
    for run in packed(sizes, most=MOST_PARTS):
        results += line.client.send_parts([records[n] for n in run])
    problems = [result.problem.error for result in results if result.problem is not None]
    receipts = [result.receipt for result in results if result.receipt is not None]
    for part, position, data in pictures_of(path, load):
        try:
            receipts.append(line.client.send_picture(part, position, data))
        except WorklogError as error:
            problems.append(error)
    return receipts, problems


def log_in(context: AppContext, url: str) -> None:
    """Log this device in to the service at *url*, and take in what it knows.

    Raises:
        UsageError: *url* is no address that may be used.
        ServiceAuthError: it was refused.
    """
    from worklog.cache.keys import DeviceKey
    from worklog.remote.address import normal_address
    from worklog.remote.login import Device
    from worklog.remote.login import log_in as through_browser

    address = normal_address(url)
    logins = logins_of(context)
    before = logins.find(address)
    device = Device(
        device=context.cache.device,
        key=DeviceKey(context.places.device_key).public_key,
        name=platform.node() or "this machine",
        host=platform.node(),
        version=__version__,
    )
    transport = context.transport(address)
    try:
        login = through_browser(
            transport,
            device,
            clock=context.clock,
            show=partial(_show, context),
            stop=threading.Event(),
        )
    finally:
        transport.close()
    if before is not None and before.key != login.key:
        confirm(context, f"{address} signs with a new key. Trust it?", is_given=False)
    logins.save(login)
    context.output.result(
        {"service": address, "account": login.account, "device": login.device_name},
        lambda: f"Logged in to {address} as {login.account}. `worklog start` now syncs by itself.",
    )


def _show(context: AppContext, code: Any, service: Any) -> None:  # noqa: ANN401 -- of the lazy modules
    where = code.verification_uri_complete or code.verification_uri
    context.output.note(f"{service.name}: open {where}")
    context.output.note(f"and confirm the code {code.user_code}. Waiting…")


def log_out(context: AppContext) -> None:
    """Forget the logins; what waits stays here."""
    logins = logins_of(context)
    services = logins.services()
    for service in services:
        logins.remove(service)
    context.output.result(
        {"services": services},
        lambda: (
            "\n".join(f"Logged out of {service}." for service in services)
            or "Not logged in anywhere."
        ),
    )


def who_am_i(context: AppContext) -> None:
    """Say whom the services know this device as.

    Raises:
        NotFoundError: not logged in anywhere.
    """
    logins = logins_of(context)
    found: list[dict[str, object]] = []
    problems: list[WorklogError] = []
    for service in logins.services():
        login = logins.find(service)
        if login is None:
            continue
        client = client_of(context, login)
        try:
            account = client.whoami()
            found.append(
                {"service": service, "account": account.name, "device": account.device_name}
            )
        except WorklogError as error:
            problems.append(error)
            found.append({"service": service, "account": login.account, "device": None})
        finally:
            client.close()
    if not found:
        msg = "This device is not logged in to a diary service."
        raise NotFoundError(msg, hint="Run `worklog login URL`.")
    context.output.result(
        {"logins": found},
        lambda: "\n".join(f"{one['account']} at {one['service']}" for one in found),
        problems=problems,
    )


# --- Showing --------------------------------------------------------------------------


def _sentence(service: str, outcome: Outcome) -> str:
    sent = [
        count(outcome.parts, "part") if outcome.parts else "",
        count(outcome.pictures, "picture") if outcome.pictures else "",
        count(outcome.amendments, "change") if outcome.amendments else "",
        count(outcome.reports, "report") if outcome.reports else "",
    ]
    words = ", ".join(word for word in sent if word) or "nothing new"
    back = f"; {count(outcome.taken, 'change')} came back" if outcome.taken else ""
    return f"{service}: {words} sent{back}."


def _outcome_json(service: str, outcome: Outcome) -> dict[str, object]:
    return {
        "service": service,
        "parts": outcome.parts,
        "pictures": outcome.pictures,
        "amendments": outcome.amendments,
        "reports": outcome.reports,
        "changes": outcome.taken,
        "parked": [{"id": name, "code": error.code} for name, error in outcome.parked],
        "notes": list(outcome.notes),
    }
