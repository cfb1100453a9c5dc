"""Reading a file that an operator names: small enough, UTF-8, or a sentence that says why not."""

from __future__ import annotations

from pathlib import Path

from engine.core.model import Problem
from engine.errors import InvalidDraft
from engine.folders import expanded

MOST = 8_000_000


def read_text(name: str, most: int = MOST, what: str = "a list of ids") -> str:
    """Return the text of a file; a byte order mark is taken away. InvalidDraft names the file and the remedy."""
    try:
        with expanded(Path(name)).open("rb") as file:
            data = file.read(most + 1)  # a device tells no size
        if len(data) > most:
            raise InvalidDraft([Problem(name, f"is over {most // 1_000_000} MB: this can't be {what}")])
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InvalidDraft([Problem(name, f"can't be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise InvalidDraft([Problem(name, "isn't UTF-8: save the file as UTF-8")]) from None
    except ValueError:
        raise InvalidDraft([Problem(name, "can't be the name of a file")]) from None
