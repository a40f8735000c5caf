"""People, weeks and what they do: links, codes, locks, disputes, views of pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# ruff: noqa: S608 -- conditions of policies, made of the constants below only
_ACTOR = "current_setting('worklog.actor', true)"
_OF_MEMBER = (
    f"organisation_id IN (SELECT m.organisation_id FROM members AS m WHERE m.user_id = {_ACTOR})"
)
_OF_PARTY = f"freelancer_id = {_ACTOR} OR contract_id IN (SELECT c.contract_id FROM contracts AS c)"
_POLICIES = {
    "partners": f"user_id = {_ACTOR} OR {_OF_MEMBER}",
    "weeks": _OF_PARTY,
    "week_events": _OF_PARTY,
    "disputes": _OF_PARTY,
    "requests": _OF_PARTY,
    "picture_views": f"freelancer_id = {_ACTOR} OR viewer_id = {_ACTOR}",
    "audit": (
        f"user_id = {_ACTOR} OR {_OF_MEMBER} "
        "OR contract_id IN (SELECT c.contract_id FROM contracts AS c)"
    ),
    "feedback": f"user_id = {_ACTOR}",
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
        "audit",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.Text(), nullable=True),
        sa.Column("contract_id", sa.Text(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_contract_id"), "audit", ["contract_id"], unique=False)
    op.create_index(op.f("ix_audit_organisation_id"), "audit", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_audit_user_id"), "audit", ["user_id"], unique=False)
    op.create_table(
        "chores",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("claimed_until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chores")),
    )
    op.create_table(
        "tries",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_tries")),
    )
    op.create_table(
        "device_codes",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("user_code", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("polled_ms", sa.BigInteger(), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_device_codes_user_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_device_codes")),
        sa.UniqueConstraint("user_code", name=op.f("uq_device_codes_user_code")),
    )
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), server_default="", nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_feedback_user_id")),
        sa.PrimaryKeyConstraint("feedback_id", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_user_id"), "feedback", ["user_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("link_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name=op.f("fk_links_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_links_user_id")),
        sa.PrimaryKeyConstraint("link_hash", name=op.f("pk_links")),
    )
    op.create_table(
        "partners",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.organisation_id"],
            name=op.f("fk_partners_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_partners_user_id")),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", name=op.f("pk_partners")),
    )
    op.create_table(
        "disputes",
        sa.Column("dispute_id", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("answered_ms", sa.BigInteger(), nullable=True),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_disputes_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["users.user_id"], name=op.f("fk_disputes_freelancer_id")
        ),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_disputes")),
    )
    op.create_index(
        op.f("ix_disputes_contract_id_slot"), "disputes", ["contract_id", "slot"], unique=False
    )
    op.create_index(
        op.f("ix_disputes_freelancer_id_slot"), "disputes", ["freelancer_id", "slot"], unique=False
    )
    op.create_table(
        "picture_views",
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("viewer_id", sa.Text(), nullable=False),
        sa.Column("is_thumbnail", sa.Boolean(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_picture_views_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["users.user_id"], name=op.f("fk_picture_views_viewer_id")
        ),
        sa.PrimaryKeyConstraint(
            "freelancer_id",
            "part_id",
            "position",
            "viewer_id",
            "is_thumbnail",
            name=op.f("pk_picture_views"),
        ),
    )
    op.create_index(
        op.f("ix_picture_views_freelancer_id_last_ms"),
        "picture_views",
        ["freelancer_id", "last_ms"],
        unique=False,
    )
    op.create_table(
        "requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_requests_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["users.user_id"], name=op.f("fk_requests_freelancer_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_contract_id"), "requests", ["contract_id"], unique=False)
    op.create_table(
        "week_events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("week_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_week_events_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["users.user_id"], name=op.f("fk_week_events_freelancer_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_week_events")),
    )
    op.create_index(
        op.f("ix_week_events_contract_id"), "week_events", ["contract_id"], unique=False
    )
    op.create_table(
        "weeks",
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("week_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("freelancer_id", sa.Text(), nullable=False),
        sa.Column("settled_ms", sa.BigInteger(), nullable=True),
        sa.Column("erased_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.contract_id"], name=op.f("fk_weeks_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["users.user_id"], name=op.f("fk_weeks_freelancer_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", "week_ms", name=op.f("pk_weeks")),
    )
    op.create_index(
        op.f("ix_weeks_freelancer_id_week_ms"), "weeks", ["freelancer_id", "week_ms"], unique=False
    )
    op.add_column(
        "organisations", sa.Column("week_start", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "organisations", sa.Column("week_hour", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("users", sa.Column("display", sa.Text(), server_default="", nullable=False))
    op.add_column("users", sa.Column("mail", sa.Text(), server_default="", nullable=False))
    op.add_column("users", sa.Column("zone", sa.Text(), server_default="", nullable=False))
    op.add_column("tokens", sa.Column("seen_ms", sa.BigInteger(), nullable=True))
    op.add_column("tokens", sa.Column("agent", sa.Text(), server_default="", nullable=False))
    op.add_column("tokens", sa.Column("address", sa.Text(), server_default="", nullable=False))
