"""Bring a database to the schema of this release, by Alembic, on the writing connection and in one transaction.

A database that is there already is told by its version row alone, so that a start doesn't load Alembic for nothing.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

HEAD = "0002"
"""The newest revision under ``migrations/versions``."""
APPLICATION_ID = 0x42444543
"""Stands in the file's header, so that another program's database is never taken for ours."""
FOLDER = Path(__file__).with_name("migrations")


def version(raw: sqlite3.Connection) -> str | None:
    """Return the schema's version; None when the database doesn't say."""
    row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def known() -> frozenset[str]:
    """Return every revision that this release can bring up to `HEAD`."""
    return frozenset(file.name.split("_")[0] for file in (FOLDER / "versions").glob("[0-9]*.py"))


def upgrade(raw: sqlite3.Connection) -> None:
    """Run every revision up to `HEAD`, all or none; raises what a revision raises, and then nothing has changed."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import StaticPool, create_engine

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    raw.execute("PRAGMA foreign_keys = OFF")  # a revision that rebuilds a table drops the old one
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            raw.execute("BEGIN IMMEDIATE")
            command.upgrade(config, "head")
            _check_references(raw)
            raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


def _check_references(raw: sqlite3.Connection) -> None:
    row = raw.execute("PRAGMA foreign_key_check").fetchone()
    if row:
        raise sqlite3.IntegrityError(f"row {row[1]} of {row[0]} refers to a row of {row[2]} that isn't there")
