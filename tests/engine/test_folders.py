"""A new folder's name is the folder's above it to keep: it is synced there, all the way up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.folders import secure


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes of what is synced, in order."""
    inodes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda opened: inodes.append(os.fstat(opened).st_ino))
    return inodes


def test_every_folder_above_is_synced(tmp_path: Path, synced: list[int]) -> None:
    """Whoever made them: a path of new folders is as safe as the file at its end, reached through a link or not."""
    deep = tmp_path / "new" / "newer" / "newest"
    deep.mkdir(parents=True)
    (tmp_path / "link").symlink_to(deep)
    above = [folder.stat().st_ino for folder in (deep.parent, deep.parent.parent, tmp_path)]
    secure(deep)
    assert synced[:3] == above
    synced.clear()
    secure(tmp_path / "link")
    assert synced[:3] == above


def test_a_folder_that_may_not_be_read_stops_nobody(
    tmp_path: Path, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was there before us; those above it are synced all the same."""
    (tmp_path / "closed" / "deck").mkdir(parents=True)
    opened = os.open

    def refusing(path: Path, flags: int) -> int:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags)

    monkeypatch.setattr(os, "open", refusing)
    secure(tmp_path / "closed" / "deck")
    assert synced[0] == tmp_path.stat().st_ino
