"""How much memory the process may use: above the limit the line pauses, collects, and goes on.

A limit binds everything below it, so each group of the process up to the root is looked at, in both hierarchies that
Linux has for them.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.ports import Clock

PAUSE = 0.1
GROUPS = Path("/proc/self/cgroup")
MOUNT = Path("/sys/fs/cgroup")
_ONE = "memory.max"
_OLD = "memory.limit_in_bytes"


def resident() -> int:
    """Return the bytes of memory that this process has in use right now; its peak where the system tells no more."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def available(groups: Path = GROUPS, mount: Path = MOUNT) -> int:
    """Return the bytes that this process may use: the least limit of its cgroups, else the machine's memory."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *_limits(groups, mount)])


def _limits(groups: Path, mount: Path) -> Iterator[int]:
    """Yield every limit that binds this process; ``max`` and what can't be read are none."""
    for file in _limit_files(groups, mount):
        try:
            yield int(file.read_text())
        except (OSError, ValueError):
            continue


def _limit_files(groups: Path, mount: Path) -> Iterator[Path]:
    """Yield where limits may stand: ``0::/a/b`` names a group of version 2, ``4:memory:/a/b`` one of version 1."""
    try:
        lines = groups.read_text().splitlines()
    except OSError:
        lines = []
    for line in ["0::/", "1:memory:/", *lines]:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            yield from _upward(mount, path, _ONE)
        elif "memory" in controllers.split(","):
            yield from _upward(mount / "memory", path, _OLD)


def _upward(root: Path, path: str, name: str) -> Iterator[Path]:
    """Yield a file of this name in a group and in every group above it; a path from outside a container isn't there."""
    group = root / path.strip("/")
    for folder in (group, *group.parents):
        if not folder.is_relative_to(root):
            return
        yield folder / name


def short(share: float) -> bool:
    """Tell whether the process uses more than its share of what is available."""
    return resident() > share * available()


async def relieve(clock: Clock) -> None:
    """Pause 100 ms, and collect garbage."""
    await clock.sleep(PAUSE)
    gc.collect()
