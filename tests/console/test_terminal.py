"""The console in a real terminal, from its start to a retried batch, as an operator types it."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.console.terminal import REAL, Terminal
from tests.served import control, devnet

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "console" / "sample.csv"
CREATOR = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5"
DECK = [sys.executable, "-m", "console"]

pytestmark = [*REAL]


def flags(tmp_path: Path, chain: str) -> list[str]:
    return ["--database", f"sqlite:///{tmp_path}/deck.sqlite3", "--chain", chain]


def batchdeck(*args: str, code: int = 0) -> str:
    done = subprocess.run([*DECK, *args], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == code, done.stderr
    return done.stdout


def compose_a_hundred(terminal: Terminal, price: str, words: str = "the") -> None:
    """Choose the creator, search for words, mark a hundred, and submit them from Review."""
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
    terminal.type(words)  # in one burst with what follows: keys typed ahead go where the eye will be
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
    """A fault refuses 30 of 100: filter, export, mark all that match, preview, retry; each call is mined once."""
    with devnet(tmp_path, "--block-seconds", "0.5") as url:
        batchdeck(*flags(tmp_path, url), "catalogue", "import", str(SAMPLE))
        terminal.run(*DECK, *flags(tmp_path, url))
        terminal.wait("Batches", "Compose", "TESTNET", "running")
        control(url, "faults", {"refuse": {"count": 30, "value": "NoSuchContract"}})
        compose_a_hundred(terminal, "1.25stx", "o")  # whose first hundred are all on the chain
        terminal.wait("100/100 done", "settled", "✓ 70", "◌ 30")
        assert control(url, "faults")["struck"] == {"refuse": 30}
        control(url, "faults", {"refuse": None})
        terminal.keys("4")
        terminal.wait("[4 Off-chain 30]", "30 of 100 items shown", "The node doesn't know")
        terminal.keys("Enter")
        terminal.wait("What happened", "retry when its deploy is mined")
        terminal.keys("y")
        terminal.wait("The transaction id is copied")
        terminal.keys("Escape")
        rows = exported(terminal, tmp_path / "rest.csv")
        assert len(rows) == 30
        assert {row["outcome"] for row in rows} == {"off-chain"}
        assert terminal.copied() == f"0x{rows[0]['txId'].removeprefix('0x')}"
        terminal.keys("1", "/")
        terminal.type("doesn't know the contract")
        terminal.wait("30 of 100 items shown")
        terminal.keys("Enter", "a")
        terminal.wait("30 marked")
        terminal.keys("r")
        preview = terminal.wait(
            "Retry 30 items", "30 items will be sent in a new batch", "TESTNET (simulated)", "Cancel"
        )
        assert rows[0]["contentId"] in preview
        assert "and 25 more" in preview
        terminal.keys("Tab", "Enter")
        terminal.wait("30/30 done", "settled", "✓ 30")
        terminal.keys("q")
        terminal.wait("ENDED 0")
        confirmed_once(tmp_path / "deck.sqlite3", control(url, "transactions"), 1_250_000, again=len(rows))


def exported(terminal: Terminal, path: Path) -> list[dict[str, str]]:
    """Export what a batch shows, and return the rows of the file."""
    terminal.wait("[4 Off-chain")
    terminal.keys("e")
    terminal.wait("Export results")
    terminal.keys("C-u")
    terminal.type(str(path))
    terminal.keys("Enter")
    terminal.wait(gone="Export results")
    deadline = time.monotonic() + 30
    while not path.exists():  # its notice may be gone before anybody looks
        assert time.monotonic() < deadline, terminal.screen()
        time.sleep(0.1)
    return list(csv.DictReader(path.open()))


def confirmed_once(database: Path, mined: list[dict[str, Any]], price: int, again: int) -> None:
    """The database calls a hundred contents confirmed, ``again`` of them by a retry; the chain has each call once."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as file:
        sums = file.execute("SELECT batch_no, state, count(*) FROM item GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
        items = file.execute(
            "SELECT content_id, on_chain_id, txid, nonce FROM item WHERE state = 'confirmed'"
        ).fetchall()
        prices = file.execute("SELECT DISTINCT price FROM content JOIN item USING (content_id)").fetchall()
        open_ = file.execute("SELECT count(*) FROM batch WHERE settled_at IS NULL").fetchone()
    assert sums == [(1, "confirmed", 100 - again), (1, "off-chain", again), (2, "confirmed", again)]
    assert len({content for content, *_ in items}) == 100
    assert (prices, open_) == ([(price,)], (0,))
    assert {row["status"] for row in mined} == {"success"}
    assert [row["nonce"] for row in mined] == list(range(100))
    told = sorted((row["args"][0], row["args"][1], row["txid"], row["nonce"]) for row in mined)
    assert told == sorted((int(on_chain), price, txid, nonce) for _, on_chain, txid, nonce in items)


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


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 0), ("SIGHUP", 0), ("SIGINT", 130)])
def test_a_signal_gives_the_terminal_back(tmp_path: Path, terminal: Terminal, name: str, code: int) -> None:
    """The console ends in order: neither its screen nor its mouse nor a hidden cursor stays behind."""
    terminal.run(*DECK, *flags(tmp_path, "off"))
    terminal.wait("Batches", "Compose", "running")
    assert terminal.modes() == {"alternate_on": True, "mouse_any_flag": True, "cursor_flag": False}
    os.kill(terminal.pid(), signal.Signals[name])
    terminal.wait(f"ENDED {code}", gone="Compose")
    assert terminal.modes() == {"alternate_on": False, "mouse_any_flag": False, "cursor_flag": True}
