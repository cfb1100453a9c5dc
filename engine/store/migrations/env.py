"""Alembic's environment: runs the revisions on the connection that `migrate` hands over, inside its transaction."""

from alembic import context

from engine.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
context.run_migrations()
