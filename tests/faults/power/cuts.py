"""Power cuts at moments of a record: where it may hurt most, and anywhere."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.assemble import DEVNET_SUFFIX
from tests.faults.power.audit import Promises
from tests.faults.power.disk import Disk, Fate
from tests.faults.power.luck import WAYS, Luck
from tests.faults.power.recording import Kind, Line, lines

SHARP = ("accepted", "signed", "posted", "taken")
"""Marks right after which a loss would be a broken promise."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes just before this line of the record; ``way`` is what is spared then.

    ``node_stays`` tells that the node runs on another machine, which keeps its power.
    """

    moment: int
    way: str
    node_stays: bool = False

    def fate(self, seed: str) -> Fate:
        """Return what befalls each file."""
        ours, theirs = Luck(self.way, seed, self.moment), Luck("all", seed, self.moment)
        return lambda name: theirs if self.node_stays and DEVNET_SUFFIX in name else ours


def choose(told: Path, count: int, seed: str) -> list[Cut]:
    """Choose cuts after the first acknowledged batch, every way and both kinds of node equally often.

    A third falls anywhere, a third just after an acknowledgement, a third while a sync or a checkpoint is under way.
    """
    chance = random.Random(seed)
    first, last, sharp, busy = _candidates(told)
    moments = chance.choices(sharp, k=count // 3) + chance.choices(busy, k=count // 3)
    moments += [chance.randint(first, last) for _ in range(count - len(moments))]
    chance.shuffle(moments)
    kinds = [(way, stays) for way in WAYS for stays in (False, True)]
    made = [Cut(moment, *kinds[turn % len(kinds)]) for turn, moment in enumerate(moments)]
    return sorted(made, key=lambda cut: cut.moment)


def _candidates(told: Path) -> tuple[int, int, list[int], list[int]]:
    """Return the first and last moments, those just after an acknowledgement, and the busy ones."""
    first, now = first_accepted(told), 0
    sharp, busy, checkpointed = [], [], set[int]()
    for now, line in enumerate(lines(told)):
        if line.kind is Kind.OPENED and line.path.endswith((".sqlite3", DEVNET_SUFFIX)):
            checkpointed.add(line.inode)
        if now < first:
            continue
        if said(line) in SHARP:
            sharp.append(now + 1)
        if line.kind is Kind.SYNC_ENDED or (line.kind is Kind.WRITTEN and line.inode in checkpointed):
            busy.append(now)
    return first, now, sharp, busy


def just_after(told: Path, kind: str) -> list[int]:
    """Return the moments just after each mark of a kind."""
    return [now + 1 for now, line in enumerate(lines(told)) if said(line) == kind]


def first_accepted(told: Path) -> int:
    """Return the moment just after the first acknowledged batch."""
    return just_after(told, "accepted")[0]


def said(line: Line) -> str:
    """Return the kind of a mark; empty for a line that is none."""
    return str(json.loads(line.data)["kind"]) if line.kind is Kind.MARKED else ""


def images(told: Path, root: Path, cuts: list[Cut], seed: str) -> Iterator[tuple[Cut, Path, Promises]]:
    """Replay the record; at each cut give a folder with what is left, and what had been promised until then."""
    disk, promises, image = Disk(root), Promises(), root.with_name(f"{root.name}.image")
    waiting = list(reversed(cuts))
    for now, line in enumerate(lines(told)):
        while waiting and waiting[-1].moment == now:
            cut = waiting.pop()
            disk.crash(image, cut.fate(f"{seed} {now} {len(waiting)}"))
            yield cut, image, promises
            shutil.rmtree(image)
        disk.replay(now, line)
        if line.kind is Kind.MARKED:
            promises.hear(line.data)


def promised(told: Path) -> Promises:
    """Return all that was promised by the end of the record."""
    promises = Promises()
    for line in lines(told):
        if line.kind is Kind.MARKED:
            promises.hear(line.data)
    return promises


def replayed(told: Path, root: Path) -> Disk:
    """Return the disk as it is at the end of the record."""
    disk = Disk(root)
    for now, line in enumerate(lines(told)):
        disk.replay(now, line)
    return disk
