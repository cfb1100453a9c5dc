"""The signers' keys: read once from a file that only its owner can read, kept in memory, never shown.

A refusal names the file and the line, never what stands there.
"""

from __future__ import annotations

import os
import re
import resource
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import BadSettings
from engine.stacks import PrivateKey

_MODES = (0o600, 0o400)
_TOKEN = re.compile(r"[!-9;-~]{1,4096}")
_LARGEST = 1_000_000  # bytes; a file of keys is never that big


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """Keys by the address they sign for; ``notes`` are what an operator should know about them."""

    _keys: dict[str, PrivateKey] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses, in the order of the file."""
        return tuple(self._keys)

    def key(self, address: str) -> PrivateKey | None:
        """Return the key that signs for the address; None when there is none."""
        return self._keys.get(address)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<Keyring of {', '.join(self.addresses) or 'no address'}>"


def read_keys(path: Path, network: str) -> Keyring:
    """Read one private key (64 or 66 hex digits) or BIP-39 mnemonic a line; # begins a comment line.

    BadSettings when the file isn't the owner's alone, a line can't be read, or there is no key at all.
    """
    keys: dict[str, PrivateKey] = {}
    notes: list[str] = []
    # Parsed before anything is raised: a traceback printed with its locals must not show a line either.
    for number, key in [(number, _parse(line)) for number, line in secret_lines(path)]:
        if isinstance(key, str):
            raise BadSettings(f"{path}, line {number}: {key}")
        address = key.address(network)
        keys[address] = key
        if not key.compressed:
            notes.append(
                f"{path}, line {number}: a key of 32 bytes, which makes {address}; "
                "if your wallet shows another address, append 01 to it"
            )
    if not keys:
        raise BadSettings(f"{path} has no key: write one private key or mnemonic a line")
    return Keyring(keys, tuple(notes))


def secret_lines(path: Path, *, private: bool = True) -> Iterator[tuple[int, str]]:
    """Yield (line number, stripped line) of a file of secrets, without blank and comment lines."""
    for number, line in enumerate(read_secret(path, private=private).split("\n"), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def read_secret(path: Path, *, private: bool = True) -> str:
    """Return the text of a file of ours that nobody else can read; BadSettings tells the chmod to type.

    With ``private=False`` others may be able to read it: whoever asks so says it with `exposed`.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise BadSettings(f"{path} can't be read: {error.strerror}") from None
    try:
        found = os.fstat(handle)
        _check_kind(path, found)
        if private:
            _check_owner(path, found)
        data = os.read(handle, _LARGEST)
    finally:
        os.close(handle)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        data = b""
    # Raised out here: the error of the codec holds all the bytes, and would hang behind this one.
    raise BadSettings(f"{path} isn't UTF-8 text")


def read_api_key(path: Path) -> str:
    """Return the node's API key from a file of its owner's; BadSettings when no header could carry it."""
    text = read_secret(path).strip()
    fits = text.isascii() and text.isprintable() and text
    if not fits:
        text = ""
        raise BadSettings(f"{path} isn't one line of printable ASCII, as a node's API key is: copy it again")
    return text


def read_token(path: Path) -> str:
    """Return the one token in a file of its owner's; BadSettings when no header could carry it."""
    lines = [line for _, line in secret_lines(path)]
    token = lines[0] if len(lines) == 1 and _TOKEN.fullmatch(lines[0]) else ""
    count, lines = len(lines), []
    if not token:
        wrong = "has no token" if not count else f"has {count} lines" if count > 1 else "holds no token as it is"
        raise BadSettings(f"{path} {wrong}: write what stands behind NAME: in the engine's tokens file, and no more")
    return token


def exposed(path: Path) -> str | None:
    """Say that others may read a file that may be shared, and the remedy; None for one that is its owner's alone."""
    if path.exists() and path.stat().st_mode & 0o077:
        return f"others on this machine may read {path}: type chmod 600 {path}"
    return None


def forbid_core_dump() -> None:
    """Let a crash of this process write no picture of its memory, which holds the keys."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def _check_kind(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadSettings(f"{path} isn't a file")
    if found.st_size > _LARGEST:
        raise BadSettings(f"{path} is too large: it should have a few lines")


def _check_owner(path: Path, found: os.stat_result) -> None:
    """Look at the open file, not at its name: nobody can swap it in between."""
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid != os.geteuid():
        raise BadSettings(f"{path} belongs to another user: type chown {os.geteuid()} {path}")
    if mode not in _MODES:
        raise BadSettings(f"{path} has mode {mode:04o}, so others may read it: type chmod 600 {path}")


def _parse(line: str) -> PrivateKey | str:
    """Return the key, or what is wrong with the line in words that don't show it."""
    read = PrivateKey.from_mnemonic if " " in line or "\t" in line else PrivateKey.from_hex
    try:
        return read(line)
    except ValueError as error:
        return str(error)
