"""The console in a real terminal, from its start to a retried batch, as an operator types it."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.terminal import Terminal
from tests.served import control, devnet

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "console" / "sample.csv"
CREATOR = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5"
DECK = [sys.executable, "-m", "console"]

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.xdist_group("terminal"),
    pytest.mark.skipif(shutil.which("tmux") is None, reason="a real terminal needs tmux, which isn't installed"),
]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    window = Terminal(tmp_path)
    yield window
    window.close()


def flags(tmp_path: Path, chain: str) -> list[str]:
    return ["--database", f"sqlite:///{tmp_path}/deck.sqlite3", "--chain", chain]


def batchdeck(*args: str, code: int = 0) -> str:
    done = subprocess.run([*DECK, *args], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == code, done.stderr
    return done.stdout


def compose_a_hundred(terminal: Terminal, price: str) -> None:
    """Choose the creator, search, mark a hundred, and submit them from Review."""
    terminal.keys("c")
    terminal.wait("contents match", "New price")
    terminal.type(price)
    terminal.wait("STX each")
    terminal.keys("F2")
    terminal.wait("Whose contents?", CREATOR)
    terminal.keys("Down", "Down", "Enter")
    terminal.wait(f"Creator {CREATOR}", "912 contents match")
    terminal.wait(gone="Whose contents?")
    terminal.keys("F5")
    terminal.type("the")  # in one burst with what follows: keys typed ahead go where the eye will be
    terminal.wait(gone="912 contents match")
    terminal.keys("Enter", *["Space"] * 100)
    terminal.wait("100 items of 1 creator")
    terminal.keys("C-r")
    terminal.wait("Set the price of 100 items", "simulated")
    terminal.keys("C-s")
    terminal.wait("Submit 100 items?", "Cancel")
    terminal.keys("Tab", "Enter")
    terminal.wait("Update price", "items/s")


def test_a_hundred_from_the_console_to_the_chain_and_back(tmp_path: Path, terminal: Terminal) -> None:
    """Search, reprice, watch, read results, export, retry exactly what stayed off-chain: all from the keyboard."""
    with devnet(tmp_path, "--block-seconds", "0.5") as url:
        batchdeck(*flags(tmp_path, url), "catalogue", "import", str(SAMPLE))
        terminal.run(*DECK, *flags(tmp_path, url))
        terminal.wait("Batches", "Compose", "TESTNET", "running")
        control(url, "contract", {"paused": True})
        compose_a_hundred(terminal, "1.25stx")
        terminal.wait("100/100 done", "settled")
        terminal.keys("4")
        terminal.wait("[4 Off-chain", "Aborted by the contrac")
        terminal.keys("Enter")
        terminal.wait("u507", "the contract is paused")
        terminal.keys("Escape")
        terminal.wait("[4 Off-chain")
        terminal.keys("e")
        terminal.wait("Export results")
        terminal.keys("C-u")
        terminal.type(str(tmp_path / "rest.csv"))
        terminal.keys("Enter")
        terminal.wait(gone="Export results")
        deadline = time.monotonic() + 30
        while not (tmp_path / "rest.csv").exists():  # its notice may be gone before anybody looks
            assert time.monotonic() < deadline, terminal.screen()
            time.sleep(0.1)
        rows = list(csv.DictReader((tmp_path / "rest.csv").open()))
        assert len(rows) >= 95
        assert {row["outcome"] for row in rows} == {"off-chain"}
        control(url, "contract", {"paused": False})
        terminal.keys("r")
        terminal.wait(f"Retry {len(rows)} items", "Cancel")
        terminal.keys("Tab", "Enter")
        terminal.wait(f"{len(rows)}/{len(rows)} done", "settled", f"✓ {len(rows)}")
        priced = [row for row in control(url, "transactions") if row["status"] == "success"]
        assert len(priced) == len(rows)
        assert {row["args"][1] for row in priced} == {1_250_000}
        terminal.keys("q")
        terminal.wait("ENDED 0")


@pytest.mark.parametrize("chain", ["devnet", "served"])
def test_kill_nine_in_the_middle_and_it_finishes(tmp_path: Path, terminal: Terminal, chain: str) -> None:
    """The console is killed while a batch runs; started again it finishes, each item once."""
    if chain == "served":
        with devnet(tmp_path, "--block-seconds", "0.5") as url:
            _killed_and_finished(tmp_path, terminal, url)
            mined = control(url, "transactions")
        assert {tuple(row["args"])[1] for row in mined} == {3_500_000}
    else:
        _killed_and_finished(tmp_path, terminal, "devnet")
        from engine.devnet.ledger import Ledger

        ledger = Ledger(tmp_path / "deck.sqlite3.devnet", "testnet", 0)
        mined = [dict(row) for row in ledger.rows("SELECT nonce, status FROM mined ORDER BY height, tx_index")]
        ledger.close()
    assert [row["nonce"] for row in mined] == list(range(len(mined)))
    assert {row["status"] for row in mined} == {"success"}
    results = batchdeck(*flags(tmp_path, "off"), "batches", "--json")
    assert '"failureCount": 0' in results
    assert '"totalItems": 100' in results
    assert f'"confirmedCount": {len(mined)}' in results


def _killed_and_finished(tmp_path: Path, terminal: Terminal, chain: str) -> None:
    where = [*flags(tmp_path, chain), "--block-seconds", "0.5"]
    batchdeck(*where, "catalogue", "import", str(SAMPLE))
    terminal.run(*DECK, *where)
    terminal.wait("Batches", "running")
    compose_a_hundred(terminal, "3.5stx")
    os.kill(terminal.pid(), signal.SIGKILL)
    terminal.wait("ENDED 137")
    terminal.run(*DECK, *where)
    terminal.wait("Batches", "running", "update-price")
    terminal.wait("completed")
    terminal.keys("Down", "Enter")
    terminal.wait("100/100 done", "settled")
    terminal.keys("q")
    terminal.wait("ENDED 0")


def test_resize_and_a_closed_terminal(tmp_path: Path, terminal: Terminal) -> None:
    """From 120x40 to 80x24 and back; a terminal that goes away ends the program, and frees the database."""
    terminal.run(*DECK, *flags(tmp_path, "devnet"))
    terminal.wait("Batches", "Compose", "SIMULATED", "running")
    terminal.resize(80, 24)
    terminal.wait("Batches", "Compose", "SIMULATED")
    terminal.resize(120, 40)
    terminal.wait("Batches", "Compose", "running")
    pid = terminal.pid()
    terminal.close()
    for _ in range(300):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        os.kill(pid, signal.SIGKILL)
        raise AssertionError("the console outlived its terminal")
    batchdeck(*flags(tmp_path, "devnet"), "catalogue", "import", str(SAMPLE))
