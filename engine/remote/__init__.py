"""An engine somewhere else: the Engine protocol over HTTP, so that every front end works on it as on its own.

`nouns`, `reports`, `asking` and `refusals` are pure: the inverse of `engine.wire` and `engine.web`, field by field.
"""

from engine.remote.engine import RemoteEngine
from engine.remote.nouns import About
from engine.remote.opening import ask_about, open_at, open_remote, overheard

__all__ = ["About", "RemoteEngine", "ask_about", "open_at", "open_remote", "overheard"]
