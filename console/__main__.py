"""The command `batchdeck`."""

import sys

from console import ending
from console.cli.commands import help_text

INTERRUPTED = 130


def main() -> None:
    """Say what there is at once, or hand over to the command line."""
    if sys.argv[1:] in (["--help"], ["-h"]):
        print(help_text(), end="")
        return
    ending.listen()
    try:
        from console.cli import app
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    app.main()


if __name__ == "__main__":
    main()
