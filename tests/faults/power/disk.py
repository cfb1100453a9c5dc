"""A disk that forgets: it replays a record, and gives what could be left of it after the power has gone.

What a sync promised is there. Of what came later any part may be: whole writes, single sectors (a torn write), later
ones without earlier ones, lengths without contents. A name is there only when its folder was synced: POSIX promises
no more, though most file systems do. A kept sector holds what the page cache held then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.power.luck import SECTOR, Luck
from tests.faults.power.recording import Kind, Line

Fate = Callable[[str], Luck]
"""What befalls a file, by its name: not every file need lie on the machine that loses its power."""


@dataclass(eq=False)
class File:
    """A file: what is surely there, what the page cache holds, and each sector's contents in between, by time."""

    inode: int = 0
    safe: bytearray = field(default_factory=bytearray)
    safe_size: int = 0
    cache: bytearray = field(default_factory=bytearray)
    pending: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def write(self, now: int, offset: int, data: bytes) -> None:
        """Change the page cache; nothing of it is safe yet."""
        end = offset + len(data)
        if end > len(self.cache):
            self.cache.extend(bytes(end - len(self.cache)))
            self.sizes.append((now, end))
        self.cache[offset:end] = data
        self._note(now, offset, end)

    def truncate(self, now: int, size: int) -> None:
        """Cut or stretch; what is cut off reads as zeros if it ever comes back."""
        before = len(self.cache)
        if size < before:
            del self.cache[size:]
            self._note(now, size, before)
        else:
            self.cache.extend(bytes(size - before))
        self.sizes.append((now, size))

    def _note(self, now: int, start: int, end: int) -> None:
        for sector in range(start // SECTOR, (end + SECTOR - 1) // SECTOR):
            content = bytes(self.cache[sector * SECTOR : (sector + 1) * SECTOR]).ljust(SECTOR, b"\0")
            self.pending.setdefault(sector, []).append((now, content))

    def settle(self, begun: int) -> None:
        """A sync that began then has ended: what was written before it is safe."""
        for sector, versions in list(self.pending.items()):
            times = [at for at, _ in versions]
            covered = bisect_right(times, begun)
            if covered:
                _put(self.safe, sector, versions[covered - 1][1])
                del versions[:covered]
            if not versions:
                del self.pending[sector]
        while self.sizes and self.sizes[0][0] <= begun:
            self.safe_size = self.sizes.pop(0)[1]

    def left(self, luck: Luck) -> bytes:
        """Return what the disk may hold if the power goes now."""
        size = luck.size(self.safe_size, self.sizes)
        content = bytearray(self.safe)
        for sector, versions in self.pending.items():
            kept = luck.kept(id(self), sector, [at for at, _ in versions])
            if kept:
                _put(content, sector, versions[kept - 1][1])
            elif sector * SECTOR >= self.safe_size:
                _put(content, sector, luck.never_written())
        return bytes(content[:size]).ljust(size, b"\0")


def _put(content: bytearray, sector: int, data: bytes) -> None:
    start = sector * SECTOR
    if len(content) < start + SECTOR:
        content.extend(bytes(start + SECTOR - len(content)))
    content[start : start + SECTOR] = data


@dataclass(eq=False)
class Folder:
    """A folder: the names that are surely there, those that everybody sees, and the changes in between."""

    safe: dict[str, File | Folder] = field(default_factory=dict)
    cache: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[tuple[int, str, File | Folder | None]] = field(default_factory=list)

    def name(self, now: int, name: str, node: File | Folder | None) -> None:
        """Give a name to a file or folder, or take it away with None."""
        self.pending.append((now, name, node))
        _name(self.cache, name, node)

    def settle(self, begun: int) -> None:
        """A sync that began then has ended: names given or taken before it are so for good."""
        while self.pending and self.pending[0][0] <= begun:
            _name(self.safe, *self.pending.pop(0)[1:])

    def left(self, fate: Fate) -> dict[str, File | Folder]:
        """Return the names that may be left if the power goes now."""
        names = dict(self.safe)
        for at, name, node in self.pending:
            if fate(name).keeps(at):
                _name(names, name, node)
        return names


def _name(names: dict[str, File | Folder], name: str, node: File | Folder | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


class Disk:
    """Everything under one folder, as far as the record was replayed."""

    def __init__(self, root: Path) -> None:
        self.root = Folder()
        self._top = str(root)
        self._inodes: dict[int, File | Folder] = {}
        self._syncs: dict[int, tuple[File | Folder, int]] = {}

    def replay(self, now: int, line: Line) -> None:
        """Do what the line says; ``now`` is its place in the record."""
        match line.kind:
            case Kind.OPENED:
                self._opened(now, line)
            case Kind.WRITTEN:
                self._file(line).write(now, line.number, line.data)
            case Kind.TRUNCATED:
                self._file(line).truncate(now, line.number)
            case Kind.SYNC_BEGUN:
                self._syncs[line.number] = (self._inodes[line.inode], now)
            case Kind.SYNC_ENDED:
                node, begun = self._syncs.pop(line.number)
                node.settle(begun)
            case Kind.UNLINKED:
                folder, name = self._place(line.path)
                folder.name(now, name, None)
            case Kind.RENAMED:
                folder, name = self._place(line.path)
                target, new = self._place(line.data.decode())
                target.name(now, new, folder.cache[name])
                folder.name(now, name, None)
            case Kind.FOLDER_MADE:
                folder, name = self._place(line.path)
                folder.name(now, name, Folder())
            case Kind.MARKED:
                return

    def _opened(self, now: int, line: Line) -> None:
        if line.path == self._top:
            self._inodes[line.inode] = self.root
            return
        folder, name = self._place(line.path)
        node = folder.cache.get(name)
        if node is None or (isinstance(node, File) and node.inode != line.inode):
            node = File(line.inode)
            folder.name(now, name, node)
        elif isinstance(node, File) and line.number < len(node.cache):
            node.truncate(now, line.number)
        self._inodes[line.inode] = node

    def _file(self, line: Line) -> File:
        node = self._inodes[line.inode]
        assert isinstance(node, File)
        return node

    def _place(self, path: str) -> tuple[Folder, str]:
        """Return the folder that a path lies in as everybody sees it, and its last name."""
        *folders, name = Path(path).relative_to(self._top).parts
        node: File | Folder = self.root
        for step in folders:
            assert isinstance(node, Folder)
            node = node.cache[step]
        assert isinstance(node, Folder)
        return node, name

    def crash(self, target: Path, fate: Fate) -> None:
        """Write what may be left if the power goes now into a new folder."""
        _crash(self.root, target, fate)


def _crash(folder: Folder, target: Path, fate: Fate) -> None:
    target.mkdir()
    for name, node in folder.left(fate).items():
        if isinstance(node, Folder):
            _crash(node, target / name, fate)
        elif not name.endswith("-shm"):
            (target / name).write_bytes(node.left(fate(name)))
        elif (rubbish := fate(name).shared_memory()) is not None:
            (target / name).write_bytes(rubbish)
