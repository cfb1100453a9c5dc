"""What the play of the README does to a shell: commands at its prompt, the console opened and left, a catalogue."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.console.terminal import Terminal
from tests.console.test_terminal import CREATOR

OTHER = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG"
MINE = 130
NAMES = {"Ctrl+R": "C-r", "Ctrl+S": "C-s", "Ctrl+P": "C-p"}
"""The README's names of keys that tmux calls otherwise."""


def press(terminal: Terminal, *keys: str) -> None:
    """Press keys by the README's names."""
    terminal.keys(*(NAMES.get(key, key) for key in keys))


def shell(terminal: Terminal, line: str, *texts: str) -> str:
    """Type a command at the prompt of an empty screen, and wait for what it prints."""
    terminal.keys("C-l")
    terminal.type(line)
    terminal.keys("Enter")
    return terminal.wait(*texts)


def opens(terminal: Terminal, *texts: str) -> None:
    """Start the console as the README does."""
    shell(terminal, "batchdeck", "Batches", "running", *texts)


def leaves(terminal: Terminal) -> None:
    """End the console, and see that it ended well."""
    terminal.keys("q")
    terminal.wait("bash", gone="q Quit")
    shell(terminal, "echo left with $?", "left with 0")


def catalogue(home: Path, columns: list[str], price: str = "") -> None:
    """Write a catalogue with the README's columns; a price makes one line a bad one."""
    rows = []
    for at in [*range(1, MINE + 1), 1000]:
        row = {"content_id": at, "creator": OTHER if at == 1000 else CREATOR, "title": f"Title {at}"}
        row |= {"price": 2_500_000 if at == 1000 else 1_000_000 + at * 1000, "on_chain_id": "" if at == 7 else at}
        row |= {"title": f"Title {at}: a phrase"} if at in (1, 2, 3, 1000) else {}
        row |= {"content_type": "video" if at % 2 else "text", "token_gating": "false", "refundable": "true"}
        rows.append(row | ({"price": price} if price and at == 11 else {}))
    with (home / "catalogue.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def batches(home: Path) -> list[str]:
    """Return the ids of all batches, the oldest first."""
    with closing(sqlite3.connect(f"file:{home}/deck.sqlite3?mode=ro", uri=True)) as file:
        return [row[0] for row in file.execute("SELECT id FROM batch ORDER BY no")]
