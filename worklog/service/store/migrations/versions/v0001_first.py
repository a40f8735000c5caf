"""The schema of the first release.

On PostgreSQL row-level security guards whatever belongs to a tenant: each transaction
says who acts (`worklog.actor`), and sees and writes the rows of that account only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# ruff: noqa: S608 -- conditions of policies, made of the constants below only
_ACTOR = "current_setting('worklog.actor', true)"
_OF_MEMBER = (
    f"organisation_id IN (SELECT m.organisation_id FROM members AS m WHERE m.user_id = {_ACTOR})"
)
# A party to the contract: its freelancer, or a member of its organisation. The inner
# query is guarded in its turn, so it finds visible contracts only.
_OF_PARTY = f"freelancer_id = {_ACTOR} OR contract_id IN (SELECT c.contract_id FROM contracts AS c)"
_OWN = f"freelancer_id = {_ACTOR}"
_POLICIES = {
    "contracts": f"freelancer_id = {_ACTOR} OR {_OF_MEMBER}",
    "terms": "contract_id IN (SELECT c.contract_id FROM contracts AS c)",
    "streams": _OWN,
    "parts": _OF_PARTY,
    "pictures": _OF_PARTY,
    "amendments": (f"{_OWN} OR freelancer_id IN (SELECT c.freelancer_id FROM contracts AS c)"),
    "segments": _OF_PARTY,
    "settled": _OF_PARTY,
    "changes": f"user_id = {_ACTOR}",
}


def upgrade() -> None:
    _create()
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in _POLICIES.items():
            guard = f"{_ACTOR} = '*' OR {condition}"
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY tenant ON {table} USING ({guard}) WITH CHECK ({guard})")


def _create() -> None:

    op.create_table(
        "amendment_refs",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("amendment_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "freelancer_id", "ref", "amendment_id", name=op.f("pk_amendment_refs")
        ),
    )
    op.create_table(
        "amendment_slots",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amendment_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "freelancer_id", "slot", "amendment_id", name=op.f("pk_amendment_slots")
        ),
    )
    op.create_table(
        "device_keys",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "device_id", "public_key", name=op.f("pk_device_keys")),
    )
    op.create_table(
        "doomed",
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object_key", name=op.f("pk_doomed")),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "organisations",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "picture_keys",
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("object_key", name=op.f("pk_picture_keys")),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("is_operator", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("disabled_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_table(
        "amendments",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("amendment_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stamp_ms", sa.BigInteger(), nullable=False),
        sa.Column("stamp_count", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("receipt_signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["users.user_id"], name=op.f("fk_amendments_freelancer_id")
        ),
        sa.PrimaryKeyConstraint("freelancer_id", "amendment_id", name=op.f("pk_amendments")),
    )
    op.create_index(
        op.f("ix_amendments_freelancer_id_device_id"),
        "amendments",
        ["freelancer_id", "device_id"],
        unique=False,
    )
    op.create_table(
        "changes",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_changes_user_id")),
        sa.PrimaryKeyConstraint("user_id", "seq", name=op.f("pk_changes")),
    )
    op.create_table(
        "contracts",
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["users.user_id"], name=op.f("fk_contracts_freelancer_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name=op.f("fk_contracts_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_contracts")),
    )
    op.create_index(
        op.f("ix_contracts_freelancer_id"), "contracts", ["freelancer_id"], unique=False
    )
    op.create_index(
        op.f("ix_contracts_organisation_id"), "contracts", ["organisation_id"], unique=False
    )
    op.create_table(
        "devices",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_devices_user_id")),
        sa.PrimaryKeyConstraint("user_id", "device_id", name=op.f("pk_devices")),
    )
    op.create_table(
        "feeds",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_feeds_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_feeds")),
    )
    op.create_table(
        "members",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name=op.f("fk_members_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_members_user_id")),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", name=op.f("pk_members")),
    )
    op.create_table(
        "streams",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("stream_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["users.user_id"], name=op.f("fk_streams_freelancer_id")
        ),
        sa.PrimaryKeyConstraint("freelancer_id", "stream_id", name=op.f("pk_streams")),
    )
    op.create_table(
        "tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("permits", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_tokens_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_tokens")),
    )
    op.create_index(op.f("ix_tokens_user_id"), "tokens", ["user_id"], unique=False)
    op.create_table(
        "parts",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("stream_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("receipt_signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_parts_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["users.user_id"], name=op.f("fk_parts_freelancer_id")
        ),
        sa.PrimaryKeyConstraint("freelancer_id", "part_id", name=op.f("pk_parts")),
        sa.UniqueConstraint(
            "freelancer_id",
            "stream_id",
            "sequence",
            name=op.f("uq_parts_freelancer_id_stream_id_sequence"),
        ),
    )
    op.create_index(
        op.f("ix_parts_contract_id_slot"), "parts", ["contract_id", "slot"], unique=False
    )
    op.create_index(
        op.f("ix_parts_freelancer_id_slot"), "parts", ["freelancer_id", "slot"], unique=False
    )
    op.create_table(
        "pictures",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("monitor", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("thumbnail_size", sa.Integer(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("thumbnail_key", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("receipt_signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_pictures_contract_id")
        ),
        sa.PrimaryKeyConstraint("freelancer_id", "part_id", "position", name=op.f("pk_pictures")),
    )
    op.create_index(op.f("ix_pictures_contract_id"), "pictures", ["contract_id"], unique=False)
    op.create_table(
        "segments",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("tracked_seconds", sa.Integer(), nullable=False),
        sa.Column("billed_seconds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_segments_contract_id")
        ),
        sa.PrimaryKeyConstraint("freelancer_id", "slot", "contract_id", name=op.f("pk_segments")),
    )
    op.create_index(
        op.f("ix_segments_contract_id_slot"), "segments", ["contract_id", "slot"], unique=False
    )
    op.create_table(
        "settled",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("billed_seconds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_settled_contract_id")
        ),
        sa.PrimaryKeyConstraint("freelancer_id", "slot", "contract_id", name=op.f("pk_settled")),
    )
    op.create_table(
        "terms",
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_terms_contract_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", "since_ms", name=op.f("pk_terms")),
    )
