"""How a command ends: its exit code, and one sentence when it didn't end well.

Refused input is 2, an engine, database or node that isn't there 3, an interruption 130.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, cast

from console.cli.output import complain
from console.ending import INTERRUPTED

REFUSED = 2
UNAVAILABLE = 3
NOT_READ = 141
"""Whoever read the output left, as `head` does: what a shell calls a program that SIGPIPE ended."""


class Unusable(Exception):
    """A command line that can't be understood; the text is the sentence."""


def ended(run: Callable[[], int | None]) -> int:
    """Return the exit code of a run; what it raised becomes one sentence."""
    try:
        code = run() or 0
        sys.stdout.flush()
        return _say("Interrupted", code) if code == INTERRUPTED else code
    except Unusable as error:
        return _say(str(error), REFUSED)
    except SystemExit as ending:  # typer ends so when nobody reads on, with 1: here that says items failed
        if isinstance(ending.__context__, BrokenPipeError):
            return _not_read()
        raise
    except BrokenPipeError:
        return _not_read()
    except KeyboardInterrupt:
        return _say("Interrupted", INTERRUPTED)
    except OSError as error:
        return _say(f"{error.filename}: {error.strerror}" if error.filename else str(error), UNAVAILABLE)
    except Exception as error:
        from console.cli.problems import code_and_sentence

        code, sentence = code_and_sentence(error)
        return _say(sentence, code)


def process(run: Callable[[], object]) -> None:
    """Let a command be this process; text that the terminal can't show is escaped, never an error."""
    for stream in (sys.stdout, sys.stderr):
        cast(Any, stream).reconfigure(errors="backslashreplace")
    try:
        run()
    except KeyboardInterrupt:  # a second one, while the first was being told
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # how it ended is decided


def _not_read() -> int:
    """What is left to print goes nowhere, so that Python doesn't complain of it when it ends."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return NOT_READ


def _say(message: str, code: int) -> int:
    """Say it if anybody can be told: a full disk or a closed pipe behind stderr doesn't change how it ended."""
    with contextlib.suppress(OSError):
        complain(message)
    return code
