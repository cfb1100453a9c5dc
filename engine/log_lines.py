"""How a log line is drawn: for a person on a terminal, as JSON for everything else.

Either way an event stays on its line, and hostile text in it can neither forge another nor steer a terminal.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import Any

from engine.core.loglines import plain

FIRST = ("timestamp", "level", "event")
_LEVEL = 8


def for_programs(_: object, __: str, event: MutableMapping[str, Any]) -> str:
    """Draw an event as one JSON object in ASCII, the time, level and event first; what isn't JSON is its repr."""
    first = {name: event.pop(name) for name in FIRST if name in event}
    return json.dumps({**first, **event}, default=repr)


def for_people(_: object, __: str, event: MutableMapping[str, Any]) -> str:
    """Draw an event as time, level, event and its values; a traceback follows, line by line."""
    time, level = str(event.pop("timestamp", ""))[11:19], str(event.pop("level", ""))
    said, trace = plain(event.pop("event", "")), str(event.pop("exception", ""))
    values = "".join(f"  {plain(name)}={value!r}" for name, value in event.items())
    lines = [f"{time} {level:<{_LEVEL}} {said}{values}", *(f"    {plain(line)}" for line in trace.splitlines())]
    return "\n".join(lines)
