"""Letters that wait to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_GUARD = "current_setting('worklog.actor', true) = '*'"  # the system's alone


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("mail_id", sa.Text(), nullable=False),
        sa.Column("link_hash", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_mails")),
    )
    op.create_index(op.f("ix_mails_link_hash"), "mails", ["link_hash"], unique=False)
    op.create_index(op.f("ix_mails_state_due_ms"), "mails", ["state", "due_ms"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE mails ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE mails FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY mails_system ON mails USING ({_GUARD}) WITH CHECK ({_GUARD})")
