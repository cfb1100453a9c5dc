"""The disk that forgets keeps what a sync promised, may lose anything else, and is as random as real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.power.disk import Disk
from tests.faults.power.luck import SECTOR, WAYS, Luck
from tests.faults.power.recording import Kind, Line

ROOT = Path("/disk")
FILE, FOLDER, TOP = 7, 5, 2


class Play:
    """A record written by hand, line after line."""

    def __init__(self) -> None:
        self.disk = Disk(ROOT)
        self._now = 0
        self._syncs = 0

    def does(self, kind: Kind, path: str = "", data: bytes = b"", inode: int = FILE, number: int = 0) -> None:
        self.disk.replay(self._now, Line(kind, f"{ROOT}/{path}".rstrip("/"), data, False, inode, number))
        self._now += 1

    def writes(self, offset: int, data: bytes) -> None:
        self.does(Kind.WRITTEN, data=data, number=offset)

    def syncs(self, inode: int = FILE) -> None:
        self._syncs += 1
        self.does(Kind.SYNC_BEGUN, inode=inode, number=self._syncs)
        self.does(Kind.SYNC_ENDED, inode=inode, number=self._syncs)

    def left(self, folder: Path, way: str, seed: int = 0) -> dict[str, bytes]:
        self.disk.crash(folder, lambda name: Luck(way, str(seed), self._now))
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def play() -> Play:
    """A file `a` whose name is safe, with two sectors of x, synced, and two of y over them, not synced."""
    made = Play()
    made.does(Kind.OPENED, inode=TOP)
    made.does(Kind.OPENED, "a")
    made.writes(0, b"x" * 2 * SECTOR)
    made.syncs()
    made.syncs(TOP)
    made.writes(0, b"y" * SECTOR)
    made.writes(SECTOR, b"z" * SECTOR)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_a_sector_holds_what_was_safe_or_what_came_later(play: Play, tmp_path: Path, way: str) -> None:
    """In whatever way the power goes, nothing but these contents can be found, and the length is what it was."""
    for seed in range(20):
        (found,) = play.left(tmp_path / str(seed), way, seed).values()
        assert found[:SECTOR] in (b"x" * SECTOR, b"y" * SECTOR)
        assert found[SECTOR:] in (b"x" * SECTOR, b"z" * SECTOR)


def test_nothing_and_all_are_what_they_say(play: Play, tmp_path: Path) -> None:
    """What was not synced can be gone to the last byte, or be all there."""
    assert play.left(tmp_path / "nothing", "nothing") == {"a": b"x" * 2 * SECTOR}
    assert play.left(tmp_path / "all", "all") == {"a": b"y" * SECTOR + b"z" * SECTOR}


@pytest.mark.parametrize("way", ["writes", "torn-512"])
def test_the_later_write_can_survive_the_earlier(play: Play, tmp_path: Path, way: str) -> None:
    """Between two syncs a disk writes in any order that it likes."""
    found = {play.left(tmp_path / str(seed), way, seed)["a"] for seed in range(40)}
    assert b"x" * SECTOR + b"z" * SECTOR in found
    assert b"y" * SECTOR + b"x" * SECTOR in found


def test_one_write_can_be_torn(play: Play, tmp_path: Path) -> None:
    """Sectors of one write part company, 512 bytes or 4 KiB at a time; whole writes don't."""
    play.writes(0, b"t" * 32 * SECTOR)
    torn = {way: {len(set(play.left(tmp_path / f"{way}{n}", way, n)["a"])) for n in range(20)} for way in WAYS}
    assert max(torn["torn-512"]) > 1
    assert max(torn["torn-4096"]) > 1


def test_a_name_lasts_only_if_its_folder_was_synced(tmp_path: Path) -> None:
    """A file can be synced and still not be found: its name, and that of its folder, are others' to keep."""
    play = Play()
    play.does(Kind.OPENED, inode=TOP)
    play.does(Kind.FOLDER_MADE, "f")
    play.does(Kind.OPENED, "f", inode=FOLDER)
    play.does(Kind.OPENED, "f/b")
    play.writes(0, b"b")
    play.syncs()
    assert play.left(tmp_path / "neither", "nothing") == {}
    play.syncs(FOLDER)
    assert play.left(tmp_path / "one", "nothing") == {}
    play.syncs(TOP)
    assert play.left(tmp_path / "both", "nothing") == {"f/b": b"b"}


def test_what_is_written_during_a_sync_is_not_covered_by_it(play: Play, tmp_path: Path) -> None:
    """A sync keeps what was written before it began, once it has ended."""
    play.does(Kind.SYNC_BEGUN, number=99)
    play.writes(0, b"w" * SECTOR)
    assert play.left(tmp_path / "under way", "nothing") == {"a": b"x" * 2 * SECTOR}
    play.does(Kind.SYNC_ENDED, number=99)
    assert play.left(tmp_path / "ended", "nothing") == {"a": b"y" * SECTOR + b"z" * SECTOR}


def test_an_unlinked_name_can_come_back(play: Play, tmp_path: Path) -> None:
    """Taking a name away lasts no better than giving it; a new file of that name is another file."""
    play.does(Kind.UNLINKED, "a")
    play.does(Kind.OPENED, "a", inode=FILE + 1)
    play.does(Kind.WRITTEN, data=b"new", inode=FILE + 1)
    assert play.left(tmp_path / "before", "nothing") == {"a": b"x" * 2 * SECTOR}
    play.syncs(FILE + 1)
    play.syncs(TOP)
    assert play.left(tmp_path / "after", "nothing") == {"a": b"new"}


def test_a_renamed_file_is_the_same_file(play: Play, tmp_path: Path) -> None:
    """A rename moves the name, durably when the folder is synced."""
    play.does(Kind.RENAMED, "a", f"{ROOT}/c".encode())
    play.syncs(TOP)
    assert play.left(tmp_path / "image", "nothing") == {"c": b"x" * 2 * SECTOR}
