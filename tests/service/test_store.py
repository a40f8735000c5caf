"""The store: schema, walls between tenants, keys, and what it says when it cannot."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from tests.service.conftest import Backend
from tests.service.test_parts import BEFORE
from tests.service.tracker import Account, Tracker
from tests.support.cache_values import FixedClock
from worklog.domain.canonical import Json, canonical
from worklog.domain.ids import ContractId
from worklog.errors import (
    CacheTooNewError,
    CacheUnwritableError,
    ConfigInvalidError,
    NotFoundError,
    PolicyError,
    ServiceRejectedError,
)
from worklog.service.authorize import Owned, Party, Verb, authorize, permit
from worklog.service.objects.store import Objects
from worklog.service.problems import StoreBusyError
from worklog.service.receipts import ReceiptSigner, verifies
from worklog.service.scope import DEVICE_PERMITS, SYSTEM, Actor
from worklog.service.service import Service
from worklog.service.settings import Settings
from worklog.service.store import accounts, audit, migrations, tables
from worklog.service.store.audit import Concern
from worklog.service.store.engine import Store, as_system, translate
from worklog.service.store.meta import ensure_epoch, epoch

_OLD_RECORD = text(
    "INSERT INTO audit (chain, number, at_ms, actor_id, actor_name, user_id, verb, content,"
    " previous, digest) VALUES (:c, :n, 5, :u, 'Old Name', :c, 'logged-in', :x, :p, :d)"
)


def test_the_migrations_make_the_tables_that_the_code_knows(service: Service) -> None:
    with service.store.reading(SYSTEM) as scope:
        context = MigrationContext.configure(scope.db)
        assert compare_metadata(context, tables.metadata) == []


def test_names_in_an_older_audit_trail_become_fields_that_can_be_erased(
    backend: Backend, clock: FixedClock
) -> None:
    store = Store(backend.settings.database_url, clock=clock)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with store.writing(SYSTEM) as scope:
        config.attributes["connection"] = scope.db
        command.upgrade(config, "0002")
        previous = ""
        for number, chain in ((1, "ann"), (2, "ann"), (1, "ben")):
            details: Json = {"address": "192.0.2.7", "number": number}
            found: dict[str, Json] = {"chain": chain, "number": number, "at": 5, "actor": chain}
            found |= {"name": "Old Name", "verb": "logged-in", "details": details}
            content = canonical(found).decode()
            previous = previous if number > 1 else ""
            row = (chain, number, chain, content, previous)
            previous = hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
            scope.db.execute(_OLD_RECORD, dict(zip("cnuxp", row, strict=True)) | {"d": previous})

    store.migrate()

    with store.reading(SYSTEM) as scope:
        assert audit.first_broken(scope) is None
        entries = audit.entries(scope, [Concern(user="ann")])
        contents = list(scope.db.scalars(text("SELECT content FROM audit")))
    assert [(one.number, one.actor, one.details) for one in entries] == [
        (2, "Old Name", {"address": "192.0.2.7", "number": 2}),
        (1, "Old Name", {"address": "192.0.2.7", "number": 1}),
    ]
    assert not any("Old Name" in one or "192.0.2.7" in one for one in contents)
    store.close()


def test_f22_a_database_of_a_newer_worklog_is_left_alone(
    service: Service, backend: Backend, clock: FixedClock
) -> None:
    with service.store.writing(SYSTEM) as scope:
        scope.db.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(CacheTooNewError):
        Service.open(backend.settings, clock=clock)


def test_the_epoch_is_made_once(service: Service, backend: Backend, clock: FixedClock) -> None:
    again = Service.open(backend.settings, clock=clock)

    assert again.about.epoch == service.about.epoch
    assert again.signer.public_key == service.signer.public_key
    with service.store.writing(SYSTEM) as scope:
        assert ensure_epoch(scope) == epoch(scope) == service.about.epoch
    again.close()


def test_t1_row_level_security_is_a_second_wall(
    service: Service, tracker: Tracker, ben: Account
) -> None:
    """T1: even a query that forgets its scope sees nothing of others on PostgreSQL."""
    tracker.put(tracker.seal(tracker.part(BEFORE)))
    guarded = ("contracts", "terms", "streams", "parts", "segments", "changes")
    stranger = Actor(ben.user)

    def counted(actor: Actor) -> list[int]:
        with service.store.reading(actor) as scope:
            return [
                scope.db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in guarded
            ]

    assert counted(SYSTEM) == [2, 2, 1, 1, 1, 2]
    if not service.store.is_sqlite:
        assert counted(stranger) == [1, 1, 0, 0, 0, 1]
        assert counted(Actor(tracker.account.user)) == [1, 1, 1, 1, 1, 1]
        assert counted(Actor("nobody")) == [0] * 6
        with service.store.reading(stranger) as scope, as_system(scope) as system:
            seen = system.db.execute(text("SELECT count(*) FROM parts")).scalar_one()
        assert seen == 1
        with pytest.raises(DBAPIError), service.store.writing(stranger) as scope:
            scope.db.execute(
                text("INSERT INTO changes (user_id, seq, at_ms, content) VALUES (:ann, 99, 0, '')"),
                {"ann": tracker.account.user},
            )


def test_a_member_of_the_organisation_is_party_to_its_contracts(
    service: Service, ann: Account, ben: Account
) -> None:
    with service.store.writing(SYSTEM) as scope:
        accounts.add_member(scope, ann.organisation, ben.user, role=accounts.OWNER)
    with service.store.reading(Actor(ben.user)) as scope:
        own = accounts.standing(scope, ben.contract)
        clients = accounts.standing(scope, ann.contract)
        none = accounts.standing(scope, ContractId("none"))
    assert own is not None
    assert own.parties == {Party.FREELANCER}
    assert clients is not None
    assert clients.parties == {Party.OWNER}
    assert none is None


def test_access_is_decided_in_one_place() -> None:
    device = Actor("u", permits=DEVICE_PERMITS)
    own = Owned("contract", "u", frozenset({Party.FREELANCER}))
    clients = Owned("contract", "v", frozenset({Party.CLIENT}))

    authorize(SYSTEM, Verb.DECIDE, None)
    authorize(device, Verb.INGEST, own)
    authorize(device, Verb.READ, clients)
    for owned in (None, Owned("contract", "v", frozenset())):
        with pytest.raises(NotFoundError):
            authorize(device, Verb.READ, owned)
    for verb, owned in ((Verb.INGEST, clients), (Verb.DECIDE, own), (Verb.DECIDE, clients)):
        with pytest.raises(PolicyError):
            authorize(device, verb, owned)
    with pytest.raises(PolicyError):
        permit(device, Verb.DECIDE)


def test_a_token_ends_with_its_time_and_its_account(service: Service, ann: Account) -> None:
    """F58."""
    with service.store.writing(SYSTEM) as scope:
        short = accounts.grant_token(
            scope, ann.user, DEVICE_PERMITS, device=ann.device, expires_ms=scope.at_ms
        )
        revoked = accounts.grant_token(scope, ann.user, DEVICE_PERMITS, device=ann.device)
        accounts.revoke_token(scope, revoked)
        assert accounts.actor_of_token(scope, ann.token) is not None
        assert accounts.actor_of_token(scope, short) is None
        assert accounts.actor_of_token(scope, revoked) is None
        assert ann.token not in str(scope.db.execute(text("SELECT * FROM tokens")).all())


# --- SQLite -----------------------------------------------------------------------------


def test_the_database_is_its_owners_alone(tmp_path: Path, clock: FixedClock) -> None:
    """T10: whatever the umask says."""
    before = os.umask(0)
    try:
        service = Service.open(Settings(tmp_path / "a" / "b"), clock=clock)
    finally:
        os.umask(before)
    service.objects.put("ab" * 16, b"x")
    service.close()

    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in (tmp_path / "a").rglob("*")
        if path.is_file()
    }
    assert set(modes.values()) == {0o600}, modes


def test_a_database_that_somebody_else_writes_is_busy(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F65: 503, and the retry finds everything as it was."""
    monkeypatch.setattr("worklog.service.store.engine.BUSY_TIMEOUT_MS", 50)
    store = Store(f"sqlite+pysqlite:///{tmp_path}/x.db", clock=clock)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreBusyError), store.writing(SYSTEM):
        pass

    other.close()
    with store.writing(SYSTEM) as scope, pytest.raises(StoreBusyError), store.writing(SYSTEM):
        del scope
    store.close()


def _error(
    name: str = "", state: str = "", kind: type[DBAPIError] = OperationalError
) -> DBAPIError:
    class Driver(Exception):  # noqa: N818
        sqlite_errorname = name
        sqlstate = state

    return kind("", {}, Driver())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (_error("SQLITE_BUSY"), StoreBusyError),
        (_error("SQLITE_BUSY_SNAPSHOT"), StoreBusyError),
        (_error("SQLITE_FULL"), CacheUnwritableError),
        (_error("SQLITE_IOERR_WRITE"), CacheUnwritableError),
        (_error(state="53100"), CacheUnwritableError),
        (_error(state="40P01"), StoreBusyError),
        (_error(state="57P01"), StoreBusyError),
        (_error(kind=DataError), ServiceRejectedError),
        (_error("SQLITE_ERROR"), None),
        (_error(state="42601"), None),
    ],
)
def test_errors_of_drivers_are_told_apart(error: DBAPIError, kind: type | None) -> None:
    """F65, F67."""
    found = translate(error)

    assert (None if found is None else type(found)) is kind


def test_f67_a_server_that_went_away_is_busy(tmp_path: Path, clock: FixedClock) -> None:
    del tmp_path
    store = Store("postgresql+psycopg://nobody@127.0.0.1:1/none", clock=clock)

    with pytest.raises(StoreBusyError), store.reading(SYSTEM):
        pass


def test_a_full_folder_is_said(tmp_path: Path, clock: FixedClock) -> None:
    store = Store(f"sqlite+pysqlite:///{tmp_path}/x.db", clock=clock)

    with pytest.raises(CacheUnwritableError), store.reading(SYSTEM):
        raise OSError(28, "No space left on device")
    store.close()


# --- Settings, keys, objects ------------------------------------------------------------


def test_settings_know_where_things_are(tmp_path: Path) -> None:
    plain = Settings(tmp_path)
    big = Settings(tmp_path, database="postgresql://u@h/d", objects="s3://b/p")

    assert plain.database_url == f"sqlite+pysqlite:///{tmp_path}/service.db"
    assert plain.objects_url == f"file://{tmp_path}/objects"
    assert (big.database_url, big.objects_url) == ("postgresql+psycopg://u@h/d", "s3://b/p")
    assert Settings(tmp_path, database="sqlite:///x").database_url == "sqlite+pysqlite:///x"
    with pytest.raises(ConfigInvalidError):
        _ = Settings(tmp_path, database="mysql://x").database_url
    with pytest.raises(ConfigInvalidError):
        _ = Settings(tmp_path, objects="ftp://x").objects_url


def test_t21_the_signing_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "service.key"

    first, second = ReceiptSigner.of_file(path), ReceiptSigner.of_file(path)

    assert first.public_key == second.public_key
    assert path.stat().st_mode & 0o777 == 0o600
    assert ReceiptSigner.of_file(tmp_path / "other.key").public_key != first.public_key
    assert not verifies(b"short", b"", b"")
    assert list(path.parent.iterdir()) == [path]


def _shared(path: Path) -> None:
    path.chmod(0o640)


def _damaged(path: Path) -> None:
    path.write_bytes(b"no key")


def _link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to(path.with_name("real"))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _other_kind(path: Path) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: PLC0415

    path.write_bytes(
        X25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.mark.parametrize("spoil", [_shared, _damaged, _link, _folder, _other_kind])
def test_t9_a_key_that_is_not_safe_is_refused(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "service.key"
    ReceiptSigner.of_file(path)
    assert callable(spoil)
    spoil(path)

    with pytest.raises(ConfigInvalidError):
        ReceiptSigner.of_file(path)


def test_f65_an_object_store_that_does_not_answer_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    objects = Objects("s3://bucket", patience_s=0)
    del tmp_path

    for call in (
        lambda: objects.put("ab", b""),
        lambda: objects.get("ab"),
        lambda: objects.delete(["ab"]),
        objects.names,
    ):
        with pytest.raises(StoreBusyError):
            call()


def test_objects_can_be_in_memory() -> None:
    objects = Objects("memory:///")

    objects.put("ab" * 16, b"x")

    assert (objects.get("ab" * 16), objects.names()) == (b"x", ["ab" * 16])
    objects.delete(["ab" * 16])
    assert objects.names() == []
