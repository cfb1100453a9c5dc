"""How single values look on the wire: times, durations, txids."""

from __future__ import annotations

from datetime import UTC, datetime

Json = dict[str, object]


def time(at: datetime | None) -> str | None:
    """Write a time with milliseconds, ``2026-11-23T08:15:00.000Z``, or with microseconds where it has some.

    Nothing of it is lost, so an engine far away reads the same time.
    """
    if at is None:
        return None
    precision = "microseconds" if at.microsecond % 1000 else "milliseconds"
    return at.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def milliseconds(seconds: float | None) -> int | None:
    """Write a duration of seconds."""
    return None if seconds is None else round(seconds * 1000)


def txid(bare: str | None) -> str | None:
    """Write a txid with 0x, as an API does; a node and our tables have it bare."""
    return None if bare is None else f"0x{bare}"
