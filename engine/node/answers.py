"""An HTTP answer with its JSON read strictly: the right type and range, or NodeUnreachable with what was wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.node.wording import clean
from engine.ports import NodeUnreachable

U64 = 2**64 - 1
QUOTED = 2000
_KEY, _ADDRESS = "check NODE_API_KEY_FILE and CHAIN_URL", "check CHAIN_URL"
REMEDIES: Mapping[int, str] = {
    **dict.fromkeys((401, 402, 403, 407), _KEY),
    **dict.fromkeys((301, 302, 307, 308, 404, 405, 411, 413, 414, 415, 421, 426, 431, 451), _ADDRESS),
}
"""The statuses of a door that is shut, by which a server says that it did not pass a request on, and what helps."""
_HEX = re.compile(r"0x[0-9a-fA-F]{1,32}")
JsonObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower-case names) and body of an answer; ``wait`` is what it asks for, in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    wait: float | None = None

    @property
    def is_json(self) -> bool:
        """Tell whether the answer says that its body is JSON; a node's plain errors are text."""
        return "json" in self.headers.get("content-type", "").lower()

    @property
    def text(self) -> str:
        """Return the body as a message may quote it; nothing of a web page."""
        page = "html" in self.headers.get("content-type", "").lower()
        return "" if page else clean(self.body[:QUOTED].decode(errors="replace"))

    def json(self) -> object:
        """Return the decoded body; NodeUnreachable when it isn't JSON, or isn't called so (FACTS.md section 2)."""
        if not self.is_json:
            kind = clean(self.headers.get("content-type"), 40) or "of no type"
            raise NodeUnreachable(f"The node's answer can't be read: it is {kind}, not JSON")
        try:
            return json.loads(self.body, parse_constant=_no_number)
        except (ValueError, RecursionError) as wrong:
            raise NodeUnreachable("The node's answer can't be read: no valid JSON") from wrong

    def object(self) -> JsonObject:
        """Return the decoded body, which must be a JSON object."""
        return mapping(self.json(), "answer")

    @property
    def complaint(self) -> str:
        """Return the status and the text of an answer that wasn't wanted."""
        return f"The node answered {self.status}" + (f": {self.text}" if self.text else "")

    @property
    def closed(self) -> str:
        """Return the complaint with what the operator can do about it, where the status tells."""
        remedy = REMEDIES.get(self.status)
        return f"{self.complaint}; {remedy}" if remedy else self.complaint


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def unreadable(what: str, value: object) -> NodeUnreachable:
    """Return the refusal of a value that isn't what a node should say."""
    shown = clean(value, 40) if isinstance(value, str) else type(value).__name__
    return NodeUnreachable(f"The node's answer can't be read: {what} is {shown or 'empty'}")


def mapping(value: object, what: str) -> JsonObject:
    """Return a JSON object as it is."""
    if not isinstance(value, dict):
        raise unreadable(what, value)
    return value


def is_number(value: object, most: int = U64) -> bool:
    """Tell whether a value is a whole number from 0 to ``most``; true and 1.0 aren't."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def number(fields: JsonObject, key: str, most: int = U64) -> int:
    """Return a field that must be a whole number from 0 to ``most``."""
    value = fields.get(key)
    if isinstance(value, int) and is_number(value, most):
        return value
    raise unreadable(key, value)


def string(fields: JsonObject, key: str) -> str:
    """Return a field that must be text, uncleaned."""
    value = fields.get(key)
    if isinstance(value, str):
        return value
    raise unreadable(key, value)


def from_hex(value: object, what: str) -> int:
    """Return a u128 from the 0x-hex in which nodes write amounts."""
    if isinstance(value, str) and _HEX.fullmatch(value):
        return int(value, 16)
    raise unreadable(what, value)
