"""The command `batchdeck`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from console import ending
from console.cli.commands import help_text
from engine import garbage

COMPLETING = "_BATCHDECK_COMPLETE"
"""The variable by which a shell asks what words there are."""


def main() -> None:
    """Say what there is at once, or hand over to the command line."""
    if sys.argv[1:] in (["--help"], ["-h"]):
        print(help_text(), end="")
        return
    ending.listen()
    garbage.loading()
    try:
        start = _console(sys.argv[1:]) or _command_line()
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        sys.exit(ending.INTERRUPTED)
    start()


def _console(words: list[str]) -> Callable[[], None] | None:
    """Return what opens the console, where no flag has to be understood for that: it paints at once."""
    if words not in ([], ["demo"]) or COMPLETING in os.environ:
        return None
    from console.cli import front

    return front.main_demo if words else front.main_own


def _command_line() -> Callable[[], None]:
    from console.cli import app

    return app.main


if __name__ == "__main__":
    main()
