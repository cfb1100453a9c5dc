"""Gathers the facts of the machine, the terminal, the log and the files with secrets. Nothing is made or changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from engine import logs
from engine.checkup.facts import LogFacts, Machine, SecretFacts, Terminal
from engine.errors import BadSettings
from engine.keyring import exposed, read_api_key, read_token
from engine.line import memory
from engine.settings import Settings
from engine.stacks import hashes

_SECRETS = ("node_api_key_file", "api_tokens_file", "remote_token_file")
_EMPTY = {
    "sha512_256": "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
    "ripemd160": "b472a266d0bd89c13706a4132ccfb16f7c3b9fcb",
}
"""What each gives for no data (that of ripemd160 over sha256, as addresses use it): FIPS 180-4 and its authors' own."""


def look_at_machine(settings: Settings) -> Machine:
    """Look at Python, SQLite, the hash functions and the memory of this process."""
    return Machine(
        python=tuple(sys.version_info[:3]),
        sqlite=sqlite3.sqlite_version_info,
        hashes=_hashes(),
        memory_used=memory.resident(),
        memory_there=memory.available(),
        memory_share=settings.memory_limit,
    )


def _hashes() -> dict[str, str | None]:
    made = {"sha512_256": hashes.sha512_256(b"").hex(), "ripemd160": hashes.hash160(b"").hex()}
    return {
        name: None if made[name] != right else "OpenSSL" if hashes.openssl_has(name) else "pycryptodome"
        for name, right in _EMPTY.items()
    }


def look_at_terminal() -> Terminal:
    """Look at what this process would draw on."""
    size = shutil.get_terminal_size()
    return Terminal(
        interactive=sys.stdin.isatty() and sys.stdout.isatty(),
        kind=os.environ.get("TERM", ""),
        columns=size.columns,
        lines=size.lines,
        encoding=sys.stdout.encoding or "",
        colour="NO_COLOR" not in os.environ,
    )


def look_at_log(settings: Settings) -> LogFacts:
    """Look whether the log could be written, without writing."""
    path = settings.log_file or logs.default_file()
    if path.exists():
        able = path.is_file() and os.access(path, os.W_OK)
        return LogFacts(path, None if able else "it is a folder" if path.is_dir() else "permission denied")
    folder = next((one for one in path.parents if one.exists()), path.parent)
    able = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return LogFacts(path, None if able else f"nothing can be made in {folder}")


def look_at_secrets(settings: Settings) -> tuple[SecretFacts, ...]:
    """Look at each file with a secret as whoever uses it does; what is in it is dropped at once."""
    named = [(name, getattr(settings, name)) for name in _SECRETS]
    return tuple(_look(name, path) for name, path in named if path is not None)


def _look(setting: str, path: Path) -> SecretFacts:
    try:
        _reader(setting)(path)
    except BadSettings as error:
        return SecretFacts(setting, path, str(error))
    return SecretFacts(setting, path, None, exposed(path))


def _reader(setting: str) -> Callable[[Path], object]:
    """Return what reads such a file when it is used; the tokens' own comes with the whole HTTP API."""
    if setting == "node_api_key_file":
        return read_api_key
    if setting == "remote_token_file":
        return read_token
    from engine.web.tokens import read_tokens

    return read_tokens
