"""Reading a file that an operator names: a file indeed, small enough, UTF-8, or a sentence that says why not."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from engine.core.model import Problem
from engine.errors import InvalidDraft
from engine.folders import expanded

MOST = 8_000_000


def read_text(name: str, most: int = MOST, what: str = "a list of ids") -> str:
    """Return the text of a file; a byte order mark is taken away. InvalidDraft names the file and the remedy."""
    try:
        with _opened(name) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(most + 1) if size <= most else b""  # some grow meanwhile, and in /proc none tells its size
        if max(size, len(data)) > most:
            raise InvalidDraft([Problem(name, f"is over {most // 1_000_000} MB: this can't be {what}")])
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InvalidDraft([Problem(name, f"can't be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise InvalidDraft([Problem(name, "isn't UTF-8: save the file as UTF-8")]) from None
    except ValueError:
        raise InvalidDraft([Problem(name, "can't be the name of a file")]) from None


def _opened(name: str) -> BinaryIO:
    """Open a file and nothing else: a pipe is waited on for ever, and a device has no end."""
    handle = os.open(expanded(Path(name)), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    kind = os.fstat(handle).st_mode
    if stat.S_ISREG(kind):
        return open(handle, "rb")
    os.close(handle)
    what = "a folder" if stat.S_ISDIR(kind) else "a pipe" if stat.S_ISFIFO(kind) else "a device"
    raise InvalidDraft([Problem(name, f"is {what}: give the name of a file")])
