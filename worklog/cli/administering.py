"""What the commands of ``worklog admin`` do: on the service's database, not over the network.

Whoever may read that database may do everything anyway, so nobody is asked to log in. The
service may run meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from worklog.domain.grid import from_epoch_ms
from worklog.domain.times import day_in_words
from worklog.errors import ConfigInvalidError, FindingsError, NotFoundError

if TYPE_CHECKING:
    from worklog.cli.context import AppContext
    from worklog.service.operating import Account
    from worklog.service.store.engine import Store


def list_accounts(context: AppContext, data: str | None, database: str) -> None:
    """List all accounts."""
    with _store(context, data, database) as store:
        from worklog.service.operating import MACHINE, accounts_of

        with store.reading(MACHINE) as scope:
            found = accounts_of(scope)
    context.output.result(
        {"accounts": [_view(account) for account in found]},
        lambda: "\n".join(map(_line, found)) or "No accounts yet. Follow the link of `serve`.",
    )


def make_reset_link(
    context: AppContext, data: str | None, database: str, *, name: str, url: str
) -> None:
    """Print a link to a new password.

    Raises:
        NotFoundError: nobody is called *name*.
        ConflictError: the account is closed.
    """
    with _store(context, data, database) as store:
        from worklog.service.operating import MACHINE, account_named, reset_link

        with store.reading(MACHINE) as scope:
            user = account_named(scope, name).user
        link = f"{url.rstrip('/')}/reset?code={reset_link(store, MACHINE, user)}"
    context.output.result({"link": link}, lambda: f"Works once, within seven days:\n  {link}")


def set_disabled(
    context: AppContext, data: str | None, database: str, *, name: str, is_disabled: bool
) -> None:
    """Close an account or open it again.

    Raises:
        NotFoundError: nobody is called *name*.
        ConflictError: nobody would run the service then.
    """
    with _store(context, data, database) as store:
        from worklog.service import operating

        with store.reading(operating.MACHINE) as scope:
            found = operating.account_named(scope, name)
        operating.set_disabled(store, operating.MACHINE, found.user, is_disabled=is_disabled)
    state = "closed" if is_disabled else "open"
    context.output.result(
        {"account": found.name, "is_disabled": is_disabled}, lambda: f"{found.name} is {state}."
    )


def check_audit(context: AppContext, data: str | None, database: str) -> None:
    """Say whether the audit trail holds; exit with 4 and the first record that does not."""
    with _store(context, data, database) as store:
        from worklog.service.operating import MACHINE
        from worklog.service.store.audit import first_broken

        with store.reading(MACHINE) as scope:
            broken = first_broken(scope)
    problems = []
    if broken is not None:
        msg = f"Record {broken[1]} of the trail {broken[0]} was changed, or one before it is gone."
        problems.append(FindingsError(msg, hint="Compare the database with a backup."))
    context.output.result(
        {"holds": broken is None},
        lambda: "" if problems else "Every record of the audit trail holds.",
        problems=problems,
    )


def make_backup(context: AppContext, data: str | None, file: str) -> None:
    """Copy the service into *file*."""
    from worklog.service.backups import back_up
    from worklog.service.settings import Settings

    target = Path(file).absolute()
    size = back_up(Settings(_folder(context, data)), target)
    context.output.result({"file": str(target), "size": size}, lambda: f"Backed up in {target}.")


def restore_backup(context: AppContext, data: str | None, file: str, *, is_sure: bool) -> None:
    """Replace the service with what *file* has."""
    from worklog.service.backups import bring_back
    from worklog.service.settings import Settings

    settings = Settings(_folder(context, data))
    epoch = bring_back(settings, Path(file), is_sure=is_sure, clock=context.clock)
    context.output.result(
        {"epoch": epoch}, lambda: "Restored. Trackers send what is missing at their next sync."
    )


def _folder(context: AppContext, data: str | None) -> Path:
    return Path(data).absolute() if data else Path(context.places.data) / "service"


@contextmanager
def _store(context: AppContext, data: str | None, database: str) -> Iterator[Store]:
    """Give the database of the service, which must be there.

    Raises:
        ConfigInvalidError: the extra `service` is missing, or the URL cannot be used.
        NotFoundError: no service is kept in that folder.
    """
    try:
        from worklog.service.settings import Settings
        from worklog.service.store.engine import Store
    except ImportError as error:
        msg = f"The diary service is not installed: {error.name} is missing."
        raise ConfigInvalidError(
            msg, hint="Install it with `pip install 'worklog-diary[service]'`."
        ) from error
    folder = _folder(context, data)
    if not database and not (folder / "service.db").exists():
        msg = f"No diary service is kept in {folder}."
        raise NotFoundError(msg, hint="Name its folder with --data.")
    store = Store(Settings(folder, database=database).database_url, clock=context.clock)
    try:
        store.migrate()
        yield store
    finally:
        store.close()


def _view(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "display": account.display,
        "is_operator": account.is_operator,
        "is_disabled": account.is_disabled,
        "created": from_epoch_ms(account.created_ms).isoformat(),
        "seen": None if account.seen_ms is None else from_epoch_ms(account.seen_ms).isoformat(),
    }


def _line(account: Account) -> str:
    state = "closed" if account.is_disabled else "operator" if account.is_operator else "open"
    seen = "never"
    if account.seen_ms is not None:
        seen = day_in_words(from_epoch_ms(account.seen_ms).date())
    return f"{account.name:<24} {state:<8}  seen {seen}"
