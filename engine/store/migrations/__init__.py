"""The history of the schema: Alembic revisions, the oldest first, and the environment that runs them."""
