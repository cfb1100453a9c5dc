"""PURE: what is to be said of the database's file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from engine.checkup.facts import DatabaseFacts, Finding, State
from engine.line.pausing import PAUSED
from engine.store import migrate
from engine.store.condition import Condition, refusal
from engine.store.facts import RESTORED

SCARCE = 1_000_000_000
TOO_LITTLE = 50_000_000
"""Bytes of room on the disk: below the first a warning, below the second an engine may stop at any time."""
STOPPED = "stopped"
SHOWN = 3
_READABLE = (Condition.CURRENT, Condition.OLDER)
_MB = 1_000_000


def judge_database(database: DatabaseFacts) -> list[Finding]:
    """Judge the file, whether it is whole, who has it, the room for it, and the stop that is stored in it."""
    if not database.folder_there and not database.default_place:
        said = f"the folder {database.path.parent} isn't there"
        return [Finding("database", State.UNWELL, said, "make it, or name another file with --database")]
    findings = [_file(database)]
    if database.found.condition in _READABLE:
        findings.append(_whole(database))
    if database.owner is not None or database.found.condition in _READABLE:
        findings.append(_owner(database))
    findings.append(_room(database))
    if database.fact(STOPPED) == "1":
        said = "the engine is stopped: nothing new is applied, signed or posted"
        findings.append(Finding("emergency stop", State.WARNING, said, "batchdeck resume --all takes it back"))
    findings += [_paused(signer, why) for signer, why in _pauses(database).items()]
    findings += [_unkept(signer, nonce) for signer, nonce in database.holds.unkept] if database.holds else []
    if database.holds and database.holds.unread:
        findings.append(_unread(database.fact(RESTORED), database.holds.unread))
    return findings


def _pauses(database: DatabaseFacts) -> Mapping[str, str]:
    kept = json.loads(database.fact(PAUSED) or "{}")
    return {str(signer): str(why) for signer, why in kept.items()} if isinstance(kept, dict) else {}


def _paused(signer: str, why: str) -> Finding:
    said = f"{signer} is paused, nothing new is signed or posted there: {why}"
    return Finding("lane", State.WARNING, said, f"batchdeck signers --resume {signer} lets it go on")


def _unread(restored: str | None, unread: Sequence[tuple[str, int]]) -> Finding:
    count, some = sum(items for _, items in unread), ", ".join(address for address, _ in unread[:SHOWN])
    more = f" and {len(unread) - SHOWN} more" if len(unread) > SHOWN else ""
    said = f"a backup was put back ({restored}): {count} items of {some}{more} are held, they may have been sent since"
    todo = (
        "an engine reads it from a node with a list of an account's transactions; without one, batchdeck signers "
        "--release ADDRESS if you know that nothing was sent"
    )
    return Finding("restore", State.WARNING, said, todo)


def _unkept(signer: str, nonce: int) -> Finding:
    said = f"nonce {nonce} of {signer} was mined by bytes that aren't here, and a reorg took it back: it is watched"
    return Finding("lane", State.WARNING, said, "post them from where they were made, or use the nonce there")


def _file(database: DatabaseFacts) -> Finding:
    condition, path = database.found.condition, database.path
    if condition is Condition.ABSENT:
        return _to_be_made(database)
    if condition is Condition.BLANK:
        return Finding("database", State.OK, f"{path} is an empty database: the next engine makes its tables")
    if condition not in _READABLE:
        said, _, todo = str(refusal(path, database.found)).rpartition(": ")
        return Finding("database", State.UNWELL, said, todo)
    said = _described(database)
    if not database.writable:
        todo = "give whoever runs the engine the right to write it and its folder"
        return Finding("database", State.UNWELL, f"{said}; it may not be written", todo)
    if condition is Condition.OLDER:
        todo = f"start an engine: it keeps a copy beside it and brings it to schema {migrate.HEAD}"
        return Finding("database", State.WARNING, f"{said}, older than this release", todo)
    return Finding("database", State.OK, said)


def _to_be_made(database: DatabaseFacts) -> Finding:
    if not database.writable:
        said = f"{database.path} isn't there yet, and its folder may not be written"
        return Finding("database", State.UNWELL, said, "change the folder's permissions, or name another file")
    return Finding("database", State.OK, f"{database.path} isn't there yet: the first engine will make it")


def _described(database: DatabaseFacts) -> str:
    size = f"{(database.size + database.log_size) / _MB:.1f} MB"
    if database.holds is None:
        return f"{database.path}, {size}"
    holds = database.holds
    journal = f"journal {database.journal}" + ("" if database.journal == "wal" else " until an engine opens it")
    return (
        f"{database.path}, {size}, schema {holds.schema}, {holds.batches} batches, {holds.contents} contents; "
        f"{journal}, synchronous FULL"
    )


def _whole(database: DatabaseFacts) -> Finding:
    return Finding("integrity", State.OK, f"whole, looked through to its end in {database.seconds:.1f} s")


def _owner(database: DatabaseFacts) -> Finding:
    if database.owner is None:
        return Finding("engine", State.OK, "none works on the database now")
    return Finding("engine", State.OK, f"the one with process id {database.owner or 'unknown'} works on the database")


def _room(database: DatabaseFacts) -> Finding:
    said = f"{database.free / _MB:,.0f} MB free for the database"
    if database.free < TOO_LITTLE:
        return Finding("disk", State.UNWELL, said, "make room: an engine stops sending when it can store nothing")
    if database.free < SCARCE:
        return Finding("disk", State.WARNING, said, "make room soon")
    return Finding("disk", State.OK, said)
