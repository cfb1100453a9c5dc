"""Looking after a database from outside an engine: backup, restore, and the emergency stop that is stored in it."""

from engine.upkeep.backup import BackedUp, back_up
from engine.upkeep.restore import ChainFate, PutBack, put_back
from engine.upkeep.stop import set_stop

__all__ = ["BackedUp", "ChainFate", "PutBack", "back_up", "put_back", "set_stop"]
