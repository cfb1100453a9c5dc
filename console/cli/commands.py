"""The commands by name, and the text of `batchdeck --help`.

Apart from typer, whose import alone takes as long as five bare interpreters: a help text should be instant.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

from engine.flags import CONFIG_FLAG, FLAGS

PURPOSE = "Bulk changes to paid content whose price also lives on the Stacks blockchain."
_NARROWEST = 40
_WIDEST = 100


class Command(NamedTuple):
    """Where a command lives in `console.cli`, and its line in the help text."""

    module: str
    help: str


COMMANDS: Mapping[str, Command] = {
    "demo": Command("run", "Open the console on sample data and a simulated node; never touches your data."),
    "engine": Command("run", "Run the engine without a console."),
    "catalogue": Command("catalogue", "Import or export the catalogue, or show one content of it."),
    "submit": Command("submit", "Submit a batch: update-price, remove-content or update-metadata."),
    "batches": Command("show", "List batches, newest first."),
    "show": Command("show", "Show one batch."),
    "results": Command("show", "List or export the results of a batch."),
    "retry": Command("again", "Make a new batch of what failed or stayed off-chain."),
    "revert": Command("again", "Make a new batch that puts the replaced values back."),
    "pause": Command("hold", "Pause a batch, or with --all the engine."),
    "resume": Command("hold", "Go on with a batch, or with --all the engine."),
    "cancel": Command("hold", "Cancel what isn't applied yet of a batch."),
    "signers": Command("signers", "List signers: addresses, balances and nonces, never keys."),
    "alerts": Command("alerts", "List what wants an operator's eye, or say that you have seen it."),
    "doctor": Command("doctor", "Say how every part is, where each setting came from, and what to do."),
    "backup": Command("upkeep", "Copy the database to a file, also while an engine runs."),
    "restore": Command("upkeep", "Put a backup in the place of the database; what was there is kept."),
    "devnet": Command("devnet", "Serve the simulated node over HTTP."),
}
READ_ONLY = "Open the console for looking only."
_OWN = (
    ("--read-only", READ_ONLY),
    ("--version", "Say which version this is."),
    ("--install-completion", "Install completion for this shell (--show-completion prints it)."),
    ("-h, --help", "Say this, or behind a command more about it."),
)


def help_text() -> str:
    """Return the help text, as wide as the terminal."""
    settings = [(f"{flag.name} {flag.metavar}", flag.help) for flag in (CONFIG_FLAG, *FLAGS.values())]
    width = min(max(_terminal_width(), _NARROWEST), _WIDEST)
    parts = [
        "Usage: batchdeck [FLAGS] [COMMAND] [ARGUMENTS]",
        "\n".join(wrap(f"{PURPOSE} Without a command the console opens, with the engine inside.", width)),
        _section("Commands", [(name, command.help) for name, command in COMMANDS.items()], width),
        _section("Settings, before or behind a command", settings, width),
        _section("Others", _OWN, width),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, rows: Sequence[tuple[str, str]], width: int) -> str:
    left = max(len(name) for name, _ in rows) + 4
    lines = [f"{title}:"]
    for name, about in rows:
        first, *rest = wrap(about, max(width - left, 20))
        lines += [f"  {name}".ljust(left) + first, *(" " * left + line for line in rest)]
    return "\n".join(lines)


def _terminal_width() -> int:
    try:
        return os.get_terminal_size(1).columns
    except OSError:
        return 80
