"""Folders that the program makes: refused with what to do when they can't be had, and synced when they are.

SQLite syncs the folder that its file lies in, and nobody syncs those above it.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

import platformdirs

from engine.errors import BadSettings, Unavailable

APP = "batchdeck"


def expanded(path: Path) -> Path:
    """Put a home folder in the place of ``~NAME``; OSError where there is none, as for any other path that isn't."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise FileNotFoundError(errno.ENOENT, f"there is no home folder {path.parts[0]}", str(path)) from None


def named(path: str | Path) -> Path:
    """Return the place of a file that somebody names, a home folder in place of ``~``; BadSettings where none is."""
    try:
        return expanded(Path(path))
    except OSError as error:
        raise BadSettings(f"{path} can't be used: {error.strerror}; give the whole path") from None


def data() -> Path:
    """Return the user's data folder."""
    return platformdirs.user_data_path(APP)


def made(folder: Path, remedy: str, mode: int = 0o777) -> None:
    """Make the folder if it isn't there; Unavailable with ``remedy`` when it can't be made."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The folder {folder} can't be made ({error.strerror}): {remedy}") from error


def secure(folder: Path) -> None:
    """Sync the folders above this one, up to the top of the disk: a folder made just now is there after a power cut.

    Called for every new file, whoever made the folder: a sync that an earlier process was killed before is made up
    for. A folder that can't be read or synced was there before us, or lies on a disk that keeps its names otherwise.
    """
    real = Path(os.path.realpath(folder))
    for path in (real, *real.parents):
        if os.path.ismount(path):
            return
        with contextlib.suppress(OSError):
            _sync(path.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
