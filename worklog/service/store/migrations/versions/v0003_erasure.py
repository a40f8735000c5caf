"""Accounts that were erased, and records of the audit trail whose names can be."""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa
from alembic import op

from worklog.domain.canonical import Json, canonical, parse_json
from worklog.domain.evidence import SALT_BYTES, Field, encode_fields

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ERASABLE = ("address", "host", "name")
_AUDIT = sa.table(
    "audit",
    *(sa.column(name) for name in ("chain", "number", "content", "fields", "previous", "digest")),
)


def upgrade() -> None:
    op.add_column("users", sa.Column("erased_ms", sa.BigInteger(), nullable=True))
    op.add_column("audit", sa.Column("fields", sa.Text(), server_default="{}", nullable=False))
    _salt_names()


def _salt_names() -> None:
    """Take names and addresses out of the contents, which commit to them from now on."""
    db = op.get_bind()
    chain, previous = None, ""
    rows = db.execute(sa.select(_AUDIT).order_by(_AUDIT.c.chain, _AUDIT.c.number)).all()
    for row in rows:
        previous = previous if row.chain == chain else ""
        content, fields = _salted(parse_json(row.content))
        digest = hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
        db.execute(
            sa.update(_AUDIT)
            .where(_AUDIT.c.chain == row.chain, _AUDIT.c.number == row.number)
            .values(content=content, fields=fields, previous=previous, digest=digest)
        )
        chain, previous = row.chain, digest


def _salted(found: Json) -> tuple[str, str]:
    assert isinstance(found, dict)  # noqa: S101 -- a record's content is an object
    details = found["details"]
    values = {"audit.name": found.pop("name")}
    values |= {f"audit.detail.{name}": details[name] for name in _ERASABLE if name in details}
    fields = {name: Field(secrets.token_bytes(SALT_BYTES), value) for name, value in values.items()}
    found["details"] = {name: details[name] for name in details if name not in _ERASABLE}
    found["commitments"] = {name: field.commitment(name) for name, field in fields.items()}
    return canonical(found).decode(), encode_fields(fields)
