"""What a setting must be: the checks of single values, of values together, and the sentences of a refusal.

Every check returns the value as it is kept, or raises ValueError with the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from engine.folders import expanded
from engine.setting_words import wanted
from engine.stacks import parse_address, parse_contract

if TYPE_CHECKING:
    from engine.settings import Settings

OFF = "off"
DEVNET = "devnet"
DEVNET_SUFFIX = ".devnet"
"""Behind the name of a database: the file of the simulated chain inside its engine."""
SQLITE = "sqlite:///"
MASK = "/..."
"""Stands for the path of a node's address."""
Namer = Callable[[str], str]
"""Tells how the user wrote a setting: a flag, a variable, or a key of the settings file."""

_CREDENTIALS = re.compile(r"//[^/@\s]*@")
_NODE = re.compile(r"((?:\w+:/*)?[^/?#]*)(.*)", re.DOTALL)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f]")
_KEY = re.compile(r"[0-9a-fA-F]{60,}")
_PHRASE = re.compile(r"(?:\b[a-zA-Z]{3,8}\s+){10,}[a-zA-Z]{3,8}\b")
"""What a private key or a mnemonic looks like, also one with a slip in it."""


def database(text: str) -> str:
    """Accept ``sqlite:///PATH``: nothing else keeps what was accepted."""
    if text.startswith("postgres"):
        raise ValueError("PostgreSQL comes in a later release; use sqlite:///PATH")
    path = text.removeprefix(SQLITE)
    if not text.startswith(SQLITE) or not path or "\0" in path:
        raise ValueError("give sqlite:///PATH (sqlite:////PATH for a path from the root)")
    if path == ":memory:" or path.endswith("/"):
        raise ValueError("what is accepted must be kept: give sqlite:///PATH with the path of a file")
    return text


def database_path(url: str) -> Path:
    """Return the file of a checked database address, absolute."""
    return expanded(Path(url.removeprefix(SQLITE))).absolute()


def chain(text: str) -> str:
    """Accept `off`, `devnet`, or addresses of nodes by comma."""
    if text in (OFF, DEVNET):
        return text
    nodes = [web_address(part.strip()) for part in text.split(",")]
    return ",".join(dict.fromkeys(nodes))


def web_address(text: str) -> str:
    """Accept an http(s) address without credentials, query or fragment; returned without the last slash."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or _UNPRINTABLE.search(text) or parts.query or parts.fragment:
        raise ValueError("give an address like https://HOST or http://HOST:PORT")
    if "@" in parts.netloc:
        raise ValueError("an address is no place for a secret: leave out what stands before @, and use a key file")
    return text.rstrip("/")


def contract(text: str) -> str:
    """Accept ``ADDRESS.NAME``."""
    if "." not in text:
        raise ValueError("give ADDRESS.NAME")
    parse_contract(text)
    return text


def principal(text: str) -> str:
    """Accept an address in canonical form."""
    return str(parse_address(text))


def file(path: Path) -> Path:
    """Accept a path, with the home folder in place of ``~``; refuse the secret that should stand in the file."""
    name = path.name.strip()
    parts = [part.strip().removeprefix("0x") for part in name.split(":")]  # a line of tokens is NAME:TOKEN:read
    if any(map(_KEY.fullmatch, parts)) or _PHRASE.fullmatch(name):
        raise ValueError("that is no file's name but a secret: write it into a file of mode 0600, and give its path")
    try:
        return expanded(path)
    except OSError as error:
        raise ValueError(f"{error.strerror}: give the whole path") from None


def is_loopback(host: str | None) -> bool:
    """Tell whether a host can be reached from this machine alone."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def conflicts(settings: Settings, name: Namer) -> list[str]:
    """Return a sentence for each pair of settings that can't go together."""
    found = _network_conflicts(settings, name)
    if settings.signer_keys_file and settings.simulated:
        found.append(
            f"{name('signer_keys_file')} can't be used with the chain devnet: what its keys sign would be "
            "valid elsewhere; leave it out, creators are played by simulated keys"
        )
    if settings.remote:
        return found
    if settings.nodes and not settings.contract and not _may_be_simulated(settings):
        found.append(f"{name('contract')} is missing: a real node needs it, give ADDRESS.NAME")
    if not is_loopback(settings.host) and not settings.api_tokens_file:
        found.append(
            f"{name('host')} is {settings.host!r}: without tokens only a loopback address is allowed; "
            f"give {name('api_tokens_file')} too, or 127.0.0.1"
        )
    return found


def _network_conflicts(settings: Settings, name: Namer) -> list[str]:
    owners = {"contract": settings.contract, "noop_address": settings.noop_address}
    return [
        f"{name(field)} is {text!r}, which isn't of {settings.network}: "
        f"give an address of {settings.network}, or change {name('network')}"
        for field, text in owners.items()
        if text and parse_address(text.partition(".")[0]).network != settings.network
    ]


def _may_be_simulated(settings: Settings) -> bool:
    """A `batchdeck devnet` of this machine says itself which contract is its own."""
    return all(is_loopback(urlsplit(node).hostname) for node in settings.nodes)


def refusal(error: ValidationError, known: Mapping[str, FieldInfo], name: Namer) -> str:
    """Return a sentence for each bad setting: its name as the user wrote it, its value, and the remedy."""
    return "; ".join(_sentence(dict(problem), known, name) for problem in error.errors(include_url=False))


def _sentence(problem: Mapping[str, object], known: Mapping[str, FieldInfo], name: Namer) -> str:
    place = problem["loc"]
    field = str(place[0]) if isinstance(place, tuple) and place else "settings"
    if problem["type"] == "extra_forbidden":
        return unknown(name(field), field, known)
    given = problem["input"]
    said = str(problem["msg"]).removeprefix("Value error, ")
    remedy = said if problem["type"] == "value_error" else f"give {wanted(known[field], given)}"
    value = nodes_told(given, MASK) if field == "chain_url" and isinstance(given, str) else given
    return f"{name(field)} is {shown(value)}: {hidden(remedy)}"


def unknown(written: str, field: str, known: Collection[str], lead: str = "") -> str:
    """Return the sentence for a setting that doesn't exist; ``lead`` stands before the name of each that does."""
    near = get_close_matches(field, known, 1)
    return f"{written} is no setting: " + (f"did you mean {lead}{near[0]}?" if near else "take it out")


def shown(value: object) -> str:
    """Return a value as a message shows it: as a settings file has it, without credentials and keys, cut to 120.

    Of a list or a table only that it is one: a phrase word by word, a token or a node's path could stand in it.
    """
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if isinstance(value, date | time) else repr(str(value) if isinstance(value, Path) else value)
    return hidden(masked(text))[:120]


def hidden(text: str) -> str:
    """Return a text without what looks like a private key or a mnemonic: somebody took a setting for its file."""
    return _PHRASE.sub("***", _KEY.sub("***", text))


def nodes_told(text: str, mask: str = "") -> str:
    """Return scheme, host and port of each node: a path is a key at some providers, ``mask`` stands for one."""
    parts = (_NODE.fullmatch(part.strip()) for part in masked(text).split(","))
    return ",".join(part[1] + (mask if part[2].strip("/") else "") for part in parts if part)


def masked(text: str) -> str:
    """Return a text without the credentials of any address in it."""
    return _CREDENTIALS.sub("//***@", text)
