"""kill -9 in the middle of a batch, several times over: it finishes, and each item is on the chain once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from engine import Content, Draft, Settings, open_engine
from engine.devnet.ledger import Ledger
from tests.core.nouns import CREATOR
from tests.served import control, devnet

COUNT = 60
COMMAND = [sys.executable, "-m", "console"]


def flags(tmp_path: Path, chain: str) -> list[str]:
    return ["--database", f"sqlite:///{tmp_path}/deck.sqlite3", "--chain", chain, "--block-seconds", "0.3"]


async def prepare(tmp_path: Path, chain: str) -> str:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/deck.sqlite3", chain_url=chain)
    async with open_engine(settings, run=False) as engine:
        await engine.import_contents([Content(f"k{n}", CREATOR, f"K {n}", 1, on_chain_id=n) for n in range(COUNT)])
        batch = await engine.submit(Draft("update-price", CREATOR, [f"k{n}" for n in range(COUNT)], {"newPrice": 77}))
    return batch.id


def kill_a_few_times(tmp_path: Path, chain: str, times: int = 4) -> None:
    """Start the engine, let it come a little further each time, and kill it."""
    for turn in range(times):
        process = subprocess.Popen(
            [*COMMAND, "engine", "--no-api", *flags(tmp_path, chain)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout
        assert process.stdout.readline().startswith(b"READY")
        time.sleep(0.05 + 0.15 * turn)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def drain(tmp_path: Path, chain: str) -> None:
    command = [*COMMAND, "engine", "--no-api", "--drain", *flags(tmp_path, chain)]
    subprocess.run(command, timeout=60, check=True, capture_output=True)


def outcomes(tmp_path: Path) -> Counter[str]:
    with sqlite3.connect(tmp_path / "deck.sqlite3") as database:
        return Counter(row[0] for row in database.execute("SELECT state FROM item"))


@pytest.mark.parametrize("chain", ["devnet", "served"])
async def test_each_item_is_mined_once(tmp_path: Path, chain: str) -> None:
    """Nothing lost, nothing sent twice, read from the chain's own file: nonces without holes, the right prices."""
    if chain == "devnet":
        await prepare(tmp_path, "devnet")
        kill_a_few_times(tmp_path, "devnet")
        drain(tmp_path, "devnet")
        ledger = Ledger(tmp_path / "deck.sqlite3.devnet", "testnet", 0)
        mined = [dict(row) for row in ledger.rows("SELECT * FROM mined ORDER BY height, tx_index")]
        prices = [ledger.content(n) for n in range(COUNT)]
        assert {content.price for content in prices if content} == {77}
        ledger.close()
    else:
        with devnet(tmp_path, "--block-seconds", "0.3") as url:
            await prepare(tmp_path, url)
            kill_a_few_times(tmp_path, url)
            drain(tmp_path, url)
            mined = control(url, "transactions")
            assert {control(url, f"contents/{n}")["price"] for n in range(COUNT)} == {77}
    assert outcomes(tmp_path) == Counter({"confirmed": COUNT})
    assert [row["nonce"] for row in mined] == list(range(COUNT))
    assert {row["status"] for row in mined} == {"success"}
