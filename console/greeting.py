"""PURE: what the list of batches says while it is empty: an empty screen says what to do next, with today's keys."""

from __future__ import annotations

from collections.abc import Callable

KeyOf = Callable[[str], str]
"""Returns the key of an action, by its id, as it is bound now."""
WAYS = (
    ("catalogue.import", "Import your catalogue", "batchdeck catalogue import FILE"),
    ("batches.demo", "Look around in a demo, simulated", "batchdeck demo"),
    ("batches.connect", "Connect to a running engine", "batchdeck --remote URL"),
)


def welcome(key: KeyOf) -> str:
    """Greet whoever has neither a batch nor a content: three ways on, each with its key and its command."""
    ways = [f"  {key(action):4} {what:34} {command}" for action, what, command in WAYS]
    return "\n".join(["No batch yet. The catalogue is empty too: three ways on", "", *ways])


def no_batch(key: KeyOf) -> str:
    """Say how the first batch comes to be."""
    compose, catalogue = key("batches.compose"), key("batches.catalogue")
    return f"No batch yet.\n\nPress {compose} to compose the first one, or {catalogue} to look at the catalogue."


def no_match(key: KeyOf) -> str:
    """Say how to see more than what is looked for."""
    filter, status = key("list.filter"), key("batches.next-status")
    return f"No batch matches.\n\nPress {filter} to change the text, or {status} for another status."
