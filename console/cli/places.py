"""Where a console and its commands keep things: the database's folder, and the file of what is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine import folders

if TYPE_CHECKING:
    from engine.settings import Settings


def placed(settings: Settings) -> Settings:
    """Return the settings once their data folder is there; a named database must have its folder already."""
    if settings.origin("database_url") == "default":
        remedy = "make it writable, or name a database elsewhere with --database"
        folders.made(settings.database_path.parent, remedy, 0o700)
    return settings


def demo() -> Path:
    """Return where the demo keeps everything."""
    return folders.data() / "demo"


def remembered(folder: Path) -> Path:
    """Return the file that remembers how a console looked, in the data folder or in the demo's."""
    return folder / "console.json"
