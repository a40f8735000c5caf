"""What people change about their own account."""

from __future__ import annotations

from sqlalchemy import select, update

from worklog.service import passwords
from worklog.service.service import Service
from worklog.service.store import sessions, tries
from worklog.service.store import tables as t
from worklog.service.store.audit import Concern, record
from worklog.service.store.people import Person
from worklog.service.web.forms import FormError


def describe(service: Service, person: Person, *, display: str, mail: str, zone: str) -> None:
    """Keep the name that others see, the mail address and the time zone of *person*."""
    with service.store.writing(person.actor) as scope:
        scope.db.execute(
            update(t.users)
            .where(t.users.c.user_id == person.user, t.users.c.erased_ms.is_(None))
            .values(display=display, mail=mail, zone=zone)
        )
        record(scope, "account-changed", Concern(user=person.user))


def check_password(service: Service, person: Person, password: str, *, name: str) -> None:
    """Go on only if *password* is the one of *person*; *name* is the field it was typed in.

    Raises:
        FormError: it is not.
        TooManyRequestsError: it was tried too often.
    """
    with service.store.writing(person.actor) as scope:
        refusal = tries.count_try(scope, tries.PASSWORD, person.user)
        kept = scope.db.scalar(select(t.users.c.password).where(t.users.c.user_id == person.user))
    if refusal is not None:
        raise refusal
    if not passwords.is_right(kept, password):
        raise FormError({name: "That is not your password."})


def change_password(service: Service, person: Person, *, old: str, new: str, session: str) -> int:
    """Give *person* a new password; return how many other sessions than *session* ended.

    Raises:
        FormError: *old* is not the password.
        TooManyRequestsError: it was tried too often.
    """
    check_password(service, person, old, name="old")
    kept = passwords.hashed(new)
    with service.store.writing(person.actor) as scope:
        tries.forget_tries(scope, tries.PASSWORD, person.user)
        scope.db.execute(
            update(t.users).where(t.users.c.user_id == person.user).values(password=kept)
        )
        ended = sessions.end_others(scope, person.user, session)
        record(scope, "password-changed", Concern(user=person.user))
    return ended
