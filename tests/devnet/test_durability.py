"""The chain is one file: whatever was answered survives a restart, and kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

import httpx
import pytest

from engine.devnet import Devnet, creator_key
from engine.errors import Unavailable
from tests.devnet.support import ALICE, AMPLE, BOB, OCTETS, at, inside, reprice

ROOT = Path(__file__).parents[2]
SERVE = """
import asyncio, sys
from pathlib import Path
from engine.devnet import DevnetOptions, serve_devnet
options = DevnetOptions(Path(sys.argv[1]), block_seconds=float(sys.argv[2]))
asyncio.run(serve_devnet(options, lambda url: print("READY", url, flush=True)))
"""


async def served(path: Path, block_seconds: float) -> tuple[asyncio.subprocess.Process, str]:
    """Start a devnet in a process of its own; return it and its address."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(path), str(block_seconds), stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert line.startswith("READY http://127.0.0.1:")
    return process, line.split()[1]


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    """Identity, accounts, contents, blocks, mempool, a pause: all as they were."""
    path = tmp_path / "chain.devnet"
    async with inside(path) as node:
        await node.take(reprice(nonce=0, price=7), reprice(nonce=1, price=8))
        await node.mine()
        await node.take(reprice(nonce=2, price=9))
        await node.control("contract", paused=True)
        before = [await node.get("/devnet/info"), await node.mined(), await node.get("/v2/info")]
        left = await node.balance(at(ALICE))
        assert left < AMPLE
    async with inside(path) as node:
        assert [await node.get("/devnet/info"), await node.mined(), await node.get("/v2/info")] == before
        assert (await node.nonce(), await node.price(), await node.balance(at(ALICE))) == (2, 8, left)
        assert await node.status(reprice(nonce=2, price=9)) == "pending"
        await node.mine()
        assert (await node.mined())[-1]["status"] == "abort_by_response"


async def test_kill_9_forgets_nothing_that_was_answered(tmp_path: Path) -> None:
    """A process that is shot in the middle of posts keeps each that it answered, and goes on."""
    path = tmp_path / "chain.devnet"
    process, url = await served(path, 3600)
    async with httpx.AsyncClient(base_url=url) as http:
        body = {"contents": [[1, at(ALICE), 100]], "accounts": [at(ALICE), at(BOB)]}
        assert (await http.post("/devnet/register", json=body)).status_code == 200
        identity = (await http.get("/devnet/info")).json()["id"]
        posts = [reprice(nonce=n) for n in range(27)]
        answered: list[str] = []

        async def post(signed: object) -> None:
            raw, txid = signed.raw, signed.txid  # type: ignore[attr-defined]
            answer = await http.post("/v2/transactions", content=raw, headers=OCTETS)
            assert answer.json() == txid
            answered.append(txid)
            if len(answered) == 12:
                process.send_signal(signal.SIGKILL)

        await asyncio.gather(*map(post, posts), return_exceptions=True)
    assert await asyncio.wait_for(process.wait(), 10) == -signal.SIGKILL
    assert len(answered) >= 12
    process, url = await served(path, 0.05)
    try:
        async with httpx.AsyncClient(base_url=url) as http:
            assert (await http.get("/devnet/info")).json()["id"] == identity
            for txid in answered:
                assert (await http.get(f"/v2/transactions/unconfirmed/{txid}")).status_code == 200
            for signed in posts:
                await http.post("/v2/transactions", content=signed.raw, headers=OCTETS)
            for _ in range(100):
                mined = (await http.get("/devnet/transactions")).json()
                if len(mined) == 27:
                    break
                await asyncio.sleep(0.05)
            assert [row["nonce"] for row in mined] == list(range(27))
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)


async def test_a_served_devnet_ends_when_told(tmp_path: Path) -> None:
    """SIGTERM: in order and soon, with the file left whole."""
    path = tmp_path / "chain.devnet"
    process, url = await served(path, 1)
    async with httpx.AsyncClient(base_url=url) as http:
        await http.post("/devnet/register", json={"accounts": [at(ALICE)]})
        process.terminate()
        await asyncio.wait_for(process.wait(), 5)
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert check.execute("SELECT balance FROM account").fetchall() == [(AMPLE,)]
    check.close()


async def test_a_chain_belongs_to_its_network(tmp_path: Path) -> None:
    """A testnet file opened for mainnet is refused, not converted."""
    async with inside(tmp_path / "chain.devnet"):
        pass
    with pytest.raises(ValueError, match="testnet, not mainnet"):
        Devnet.open(tmp_path / "chain.devnet", network="mainnet")


async def test_no_other_file_is_taken_for_a_chain(tmp_path: Path) -> None:
    """Somebody's database, or no database at all, is refused and left as it was."""
    other = tmp_path / "catalogue.sqlite3"
    with sqlite3.connect(other) as made:
        made.execute("CREATE TABLE content (id TEXT)")
    made.close()
    text = tmp_path / "notes.txt"
    text.write_text("these are not the blocks that you are looking for" * 40)
    for path in (other, text):
        before = path.read_bytes()
        with pytest.raises(ValueError, match="devnet's file"):
            Devnet.open(path)
        assert path.read_bytes() == before


async def test_every_commit_is_flushed(tmp_path: Path) -> None:
    """WAL with FULL: an answer is given only after the disk has it."""
    async with inside(tmp_path / "chain.devnet") as node:
        assert node.devnet is not None
        row = node.devnet.ledger.row
        mode, level = row("PRAGMA journal_mode"), row("PRAGMA synchronous")
        assert mode is not None
        assert level is not None
        assert (mode[0], level[0]) == ("wal", 2)


async def test_chains_differ_and_so_do_their_keys(tmp_path: Path) -> None:
    """Each file is a chain of its own; a simulated key belongs to one chain and one creator, and is never stored."""
    ids = []
    for name in ("one", "two"):
        async with inside(tmp_path / name) as node:
            ids.append((await node.get("/devnet/info"))["id"])
    keys = [creator_key(chain, creator) for chain in ids for creator in ("a", "b")]
    assert len({key.address("testnet") for key in keys}) == 4
    assert all(key.compressed for key in keys)
    assert creator_key(ids[0], "a").address("testnet") == keys[0].address("testnet")


def test_a_refused_file_has_nothing_beside_it(tmp_path: Path) -> None:
    """What isn't ours is left alone, its folder too."""
    path = tmp_path / "notes.txt"
    path.write_text("not a chain " * 100)
    with pytest.raises(ValueError, match="devnet's file"):
        Devnet.open(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    """A file where a folder should be, a folder where the file should be: one sentence, with what to do."""
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(Unavailable, match=rf"The folder {taken} can't be made .*name another file"):
        Devnet.open(taken / "chain.devnet")
    with pytest.raises(Unavailable, match=rf"The simulated chain {tmp_path} can't be used .*name another file"):
        Devnet.open(tmp_path)
    assert list(tmp_path.iterdir()) == [taken]
