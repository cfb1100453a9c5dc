"""What came of many power cuts, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.power import cuts
from tests.faults.power.audit import lost_by_chain, lost_by_store, never_signed
from tests.faults.power.cuts import Cut
from tests.faults.power.load import address_of


@dataclass
class Table:
    """Images by what was spared, the promises looked for in them, those ever made, and those that were broken."""

    images: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    promised: Counter[str] = field(default_factory=Counter)
    store: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    async def fill(self, told: Path, root: Path, chosen: list[Cut], seed: str) -> None:
        """Cut the power at every chosen moment, open what is left as the engine does, and count."""
        for cut, image, promises in cuts.images(told, root, chosen, seed):
            database, where = address_of(image), f"[{cut}] "
            self.store += [where + one for one in await lost_by_store(database, promises)]
            self.chain += [where + one for one in lost_by_chain(database, promises)]
            self.unknown += [where + one for one in never_signed(database)]
            self.images[cut.way] += 1
            self.promised.update(promises.counts)
        self.made.update(cuts.promised(told).counts)

    def __str__(self) -> str:
        ways = ", ".join(f"{way} {count}" for way, count in sorted(self.images.items()))
        promises = ", ".join(f"{name} {count} ({self.promised[name]})" for name, count in self.made.items())
        return (
            f"{self.images.total()} crash images ({ways}); acknowledged in all (looked for, over all images): "
            f"{promises}; lost: {len(self.store)} by the database, {len(self.chain)} by the devnet; "
            f"sent but not known: {len(self.unknown)}"
        )
