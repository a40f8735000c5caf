"""How Alembic runs here: always on the connection, in the transaction, that it is given."""

from __future__ import annotations

from alembic import context

from worklog.service.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
