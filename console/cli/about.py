"""Which Batchdeck this is."""

from __future__ import annotations

from importlib import metadata

NAME = "batchdeck"


def version() -> str:
    """Return the version of the installed distribution; a bare source tree has none."""
    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:
        return "(not installed)"
