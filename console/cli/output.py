"""What commands print: JSON, tables and words on stdout, one sentence on stderr, all of it safe to look at."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TextIO

from engine.errors import BadSettings
from engine.folders import named

GAP = "  "


def complain(message: str) -> None:
    """Say one thing on stderr."""
    from console.text import display_text

    print(display_text(message), file=sys.stderr, flush=True)


def say(*lines: str) -> None:
    """Print lines; each is made safe for a terminal."""
    from console.text import display_text

    for line in lines:
        print(display_text(line))


def say_json(value: object) -> None:
    """Print JSON: readable, and escaped to plain ASCII where a terminal would else obey what is in it."""
    text = json.dumps(value, indent=2, ensure_ascii=sys.stdout.isatty())
    print(text.encode("utf-8", "backslashreplace").decode())


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return aligned lines; cells are made safe, the last one is as long as it is."""
    from rich.cells import cell_len

    from console.text import display_text

    lines = [list(headers), *([display_text(cell) for cell in row] for row in rows)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(headers))]
    return [
        GAP.join(cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


@contextmanager
def opened(path: str | None) -> Iterator[TextIO]:
    """Give the file to write to: stdout for None or ``-``, else a file that is there only when it is whole.

    What goes to a terminal is made safe first; a pipe and a file get it as it is.
    """
    if path in (None, "-") and sys.stdout.isatty():
        shown = StringIO()
        yield shown
        say(*shown.getvalue().splitlines())
        return
    if path in (None, "-"):
        yield sys.stdout
        return
    target = named(str(path))
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
        draft.replace(target)
    except OSError as error:
        raise BadSettings(f"{target} can't be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
