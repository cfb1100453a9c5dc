"""What a power cut spares of what was not synced: nothing, all, or some of it, in every way that a disk has."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence

SECTOR = 512
BLOCK = 8
"""Sectors in 4 KiB."""
LATEST = 400.0
"""How far back, in lines of the record, a disk may lag that loses only the newest changes; mostly less."""
WAYS = ("nothing", "all", "until", "writes", "torn-512", "torn-4096")


class Luck:
    """One power cut; ``way`` is one of `WAYS`, all chance comes from the seed."""

    def __init__(self, way: str, seed: str, moment: int) -> None:
        """``moment`` is the place in the record at which the power goes."""
        self.way = way
        self._chance = random.Random(seed)
        self._cut = moment - int(LATEST ** self._chance.random())
        self._share = self._chance.random()
        self._kept: dict[int, bool] = {}
        self._blocks: dict[tuple[int, int], float] = {}

    def keeps(self, at: int) -> bool:
        """Tell whether one change as a whole survives."""
        if self.way in ("nothing", "all"):
            return self.way == "all"
        if self.way == "until":
            return at <= self._cut
        if at not in self._kept:
            self._kept[at] = self._chance.random() < self._share
        return self._kept[at]

    def kept(self, file: int, sector: int, times: Sequence[int]) -> int:
        """Return how many of a sector's changes the disk saw: 0 none, else the last that it holds."""
        if self.way == "torn-512":
            return self._chance.randint(0, len(times))
        if self.way == "torn-4096":
            share = self._blocks.setdefault((file, sector // BLOCK), self._chance.random())
            return round(share * len(times))
        if self.way == "until":
            return bisect_right(times, self._cut)
        return max((place for place, at in enumerate(times, 1) if self.keeps(at)), default=0)

    def size(self, safe: int, later: Sequence[tuple[int, int]]) -> int:
        """Return how long a file is found to be."""
        if self.way in ("nothing", "all", "until"):
            return [safe, *(size for at, size in later if self.keeps(at))][-1]
        return self._chance.choice([safe, *(size for _, size in later)][-3:])

    def never_written(self) -> bytes:
        """Return what a sector holds that belongs to a file before anything was written to it: zeros, or rubbish."""
        torn = self.way.startswith("torn") and self._chance.random() < 0.5
        return self._chance.randbytes(SECTOR) if torn else bytes(SECTOR)

    def shared_memory(self) -> bytes | None:
        """Return what is left of a -shm file, which was never meant to last: mostly nothing, sometimes rubbish."""
        return self._chance.randbytes(32768) if self._chance.random() < 0.3 else None
