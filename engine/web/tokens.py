"""The bearer tokens of the API: read once from their file, kept only as hashes, compared in constant time.

A refusal names the file and the line, never what stands there.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path

from engine.errors import BadSettings
from engine.keyring import secret_lines

READ = "read"
_NAME = re.compile(r"[A-Za-z0-9_.@ -]{1,64}")
_TOKEN = re.compile(r"[!-9;-~]{1,4096}")
"""What a header can carry; no colon, which ends a token in the file."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a token, and whether it may only read."""

    name: str
    read_only: bool = False


class Tokens:
    """Whose token is it? Only the hashes are kept, so no dump of this process shows a token."""

    def __init__(self, callers: dict[bytes, Caller]) -> None:
        self._callers = callers

    def __len__(self) -> int:
        return len(self._callers)

    def caller(self, token: str) -> Caller | None:
        """Return whose token this is; every known one is compared, whichever fits, so time tells nothing."""
        given, found = digest(token), None
        for known, caller in self._callers.items():
            if hmac.compare_digest(known, given):
                found = caller
        return found


def digest(token: str) -> bytes:
    """Return the hash under which a token is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def read_tokens(path: Path) -> Tokens:
    """Read ``NAME:TOKEN`` or ``NAME:TOKEN:read`` a line; BadSettings when a line can't be read or there is none."""
    found: dict[bytes, Caller] = {}
    # Parsed before anything is raised: a traceback printed with its locals must not show a line either.
    for number, parsed in [(number, _parse(line)) for number, line in secret_lines(path, private=False)]:
        if isinstance(parsed, str):
            raise BadSettings(f"{path}, line {number}: {parsed}")
        hashed, caller = parsed
        if hashed in found:
            raise BadSettings(f"{path}, line {number}: this token is {found[hashed].name}'s already: make another one")
        if any(caller.name == other.name for other in found.values()):
            raise BadSettings(f"{path}, line {number}: {caller.name} has a token already: use another name")
        found[hashed] = caller
    if not found:
        raise BadSettings(f"{path} has no token: write NAME:TOKEN or NAME:TOKEN:read, one a line")
    return Tokens(found)


def _parse(line: str) -> tuple[bytes, Caller] | str:
    """Return a token's hash and its holder, or what is wrong with the line in words that don't show it."""
    name, _, rest = line.partition(":")
    token, colon, right = rest.partition(":")
    if not _NAME.fullmatch(name) or name != name.strip():
        return "it doesn't begin with a name of 1 to 64 letters, digits, spaces and -_.@ before a colon"
    if not _TOKEN.fullmatch(token):
        return "behind the name must stand a token of printable ASCII without spaces and colons"
    if colon and right != READ:
        return f"behind the token may stand :{READ}, and nothing else"
    return digest(token), Caller(name, bool(colon))
