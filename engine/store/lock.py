"""One engine writes a SQLite file: an operating-system lock on ``<realpath>.lock``, held for life (promise 7).

The kernel frees it when its owner dies, however it dies, and keeps it while the owner is merely stopped. What the
file says is only who to name in a refusal: a number left over from before a reboot refuses nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

from engine.errors import Owned, TakenOver, Unavailable

SUFFIX = ".lock"
_TRIES = 10
_LONGEST = 4096
_PAUSE = 0.02


class Lock:
    """The lock of one database, held from the moment it is made."""

    def __init__(self, database: Path) -> None:
        """Take the lock; Owned names the process that has it."""
        self._database = database
        self._path = _beside(database)
        self._url = ""
        self._file = _taken(self._path, database)

    def check(self) -> bool:
        """Put the lock file back if somebody took it away, and tell whether that was needed.

        The lock is on the file and not on its name: whoever made a new file by that name could lock it too. Raises
        TakenOver when another engine did.
        """
        if _is_at(self._file, self._path):
            return False
        try:
            fresh = _taken(self._path, self._database)
        except Owned as other:
            raise TakenOver(f"The lock file {self._path} was deleted while it was held. {other}") from other
        old, self._file = self._file, fresh
        os.close(old)
        _sign(fresh, self._url)
        return True

    def announce(self, url: str) -> None:
        """Write where the owner's API is behind its id, so that a command can find it; a URL never holds a token."""
        self._url = url
        _sign(self._file, url)

    def release(self) -> None:
        """Let the next engine in; the file stays, so that nobody can lock one that was deleted."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
        os.close(self._file)


def owner(database: Path) -> int | None:
    """Return the id of the process that has the lock, 0 when it can't be told, None when nobody has it."""
    try:
        file = os.open(_beside(database), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except OSError:
        return _written(file)[0]
    finally:
        os.close(file)


def _beside(database: Path) -> Path:
    return Path(os.path.realpath(database) + SUFFIX)


def _taken(path: Path, database: Path) -> int:
    """Return the lock file, open and locked.

    A few tries: whoever asks who the owner is holds it for an instant too, and an owner needs one to write its id.
    """
    pid, url = 0, None
    for turn in range(_TRIES):
        if turn:
            time.sleep(_PAUSE)
        file = _opened(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, url = _written(file)
            os.close(file)
            continue
        except OSError as error:
            os.close(file)
            raise Unavailable(f"{path} can't be locked ({error.strerror}): put it on a local disk") from error
        if _is_at(file, path):
            _sign(file)
            return file
        os.close(file)  # it was deleted between opening and locking: a lock on it keeps nobody out
    told = f"can be used with --remote {url}: do that" if url else "has no API that could be asked: do it there"
    named = f"The engine with process id {pid or 'unknown'} already works on {database}"
    raise Owned(f"{named} and {told}, or end it and try again", pid, url)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise Unavailable(f"The lock {path} can't be opened ({error.strerror}): check the folder") from error


def _is_at(file: int, path: Path) -> bool:
    """Tell whether an open file is still the one with this name."""
    try:
        named = os.stat(path, follow_symlinks=False)
    except OSError:
        return False
    return os.path.samestat(os.fstat(file), named)


def _written(file: int) -> tuple[int, str | None]:
    """Return the id of the owner, 0 when it can't be told, and where its API is, None when it has none."""
    pid, _, rest = os.pread(file, _LONGEST, 0).decode("ascii", "replace").partition("\n")
    url = rest.strip()
    return int(pid) if pid.isascii() and pid.isdecimal() else 0, url or None


def _sign(file: int, url: str = "") -> None:
    """Write who owns it; on a full disk the lock holds all the same, only namelessly."""
    with contextlib.suppress(OSError):
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n{url}\n".encode("ascii", "replace") if url else b"%d\n" % os.getpid(), 0)
