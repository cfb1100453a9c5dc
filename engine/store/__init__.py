"""The store: batches, items, catalogue, slots and their stories, durably, on SQLModel tables in one SQLite file."""

from engine.store.opening import open_store
from engine.store.store import SqliteStore

__all__ = ["SqliteStore", "open_store"]
