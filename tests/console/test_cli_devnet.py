"""The commands on a simulated chain: inside the process, and served over loopback."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.devnet import Devnet
from engine.devnet.faults import MEANINGS
from tests.console.command import CREATOR, OTHER, Batchdeck, catalogue
from tests.served import control


def prepared(deck: Batchdeck) -> Batchdeck:
    (deck.home / "ten.csv").write_text(catalogue(10) + catalogue(5, OTHER, 11).split("\n", 1)[1])
    deck.run("catalogue", "import", "ten.csv")
    return deck


@pytest.fixture
def deck(tmp_path: Path) -> Batchdeck:
    """Fifteen contents of two creators on the devnet inside the process."""
    return prepared(Batchdeck(tmp_path, variables={"BATCHDECK_CHAIN_URL": "devnet"}))


def price(deck: Batchdeck, ids: str, *more: str, code: int = 0) -> dict:
    return deck.json("submit", "update-price", "--creator", CREATOR, "--ids", ids, "--price", "2stx", *more, code=code)


def test_to_the_chain_and_back(deck: Batchdeck) -> None:
    """A batch ends confirmed with a txid and a block for each item; its revert puts every old price back."""
    done = price(deck, "1-10", "--wait")
    assert (done["confirmedCount"], done["status"]) == (10, "completed")
    assert {result["message"] for result in done["results"]} == {"Price updated to 2 STX"}
    assert len({result["txId"] for result in done["results"]}) == 10
    assert all(result["blockHeight"] for result in done["results"])
    back = deck.json("revert", done["batchId"], "--wait")
    assert back["confirmedCount"] == 10
    assert ",1000000" in deck.run("catalogue", "export").stdout.splitlines()[1]


def test_anothers_content_and_a_missing_one(deck: Batchdeck) -> None:
    """What isn't there or isn't the creator's fails alone: the others are confirmed, and the exit code says 1."""
    done = price(deck, "1,11,nope", "--wait", code=1)
    errors = {result["contentId"]: result["error"] for result in done["results"]}
    assert errors == {"1": None, "11": "Content belongs to another creator", "nope": "Content not found"}


def test_until_completed(deck: Batchdeck) -> None:
    """`--until completed` ends with the node's acceptance; the next engine brings the rest home."""
    deck.variables["BATCHDECK_BLOCK_SECONDS"] = "5"
    done = price(deck, "1-3", "--wait", "--until", "completed")
    assert done["status"] == "completed"
    assert done["settledAt"] is None
    deck.variables["BATCHDECK_BLOCK_SECONDS"] = "0.1"
    deck.run("engine", "--drain", "--no-api")
    assert deck.json("show", done["batchId"])["confirmedCount"] == 3


def test_keys_are_refused_on_the_devnet(deck: Batchdeck) -> None:
    """What real keys sign on a simulated chain would be valid elsewhere."""
    assert "devnet" in deck.run("batches", "--signer-keys-file", "keys", code=2).stderr


def test_a_bar_on_a_terminal(deck: Batchdeck) -> None:
    """On a terminal `--wait` draws how far it is."""
    leader, follower = pty.openpty()
    arguments = ("submit", "update-price", "--creator", CREATOR, "--ids", "1-10", "--price", "3stx", "--wait")
    with subprocess.Popen(
        deck.line(*arguments), env=deck.environment, cwd=deck.home, stdout=subprocess.DEVNULL, stderr=follower
    ) as process:
        assert process.wait(timeout=60) == 0
    os.close(follower)
    seen = b""
    while select.select([leader], [], [], 0.2)[0]:
        try:
            seen += os.read(leader, 65536)
        except OSError:
            break
    os.close(leader)
    assert b"10/10" in seen
    assert b"#" * 30 in seen


def test_interrupted(deck: Batchdeck) -> None:
    """Ctrl-C while waiting ends with 130 and a word; the batch is stored and goes on with the next engine."""
    deck.variables["BATCHDECK_BLOCK_SECONDS"] = "3600"
    arguments = ("submit", "update-price", "--creator", CREATOR, "--ids", "1-3", "--price", "4stx", "--wait")
    process = deck.start(*arguments)
    while not deck.run("batches", code=None).stdout.count("completed"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=30)
    assert (process.returncode, out, said) == (130, "", "Interrupted\n")
    deck.variables["BATCHDECK_BLOCK_SECONDS"] = "0.1"
    deck.run("engine", "--drain", "--no-api")
    assert deck.json("batches")["operations"][0]["confirmedCount"] == 3


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Batchdeck]:
    """The same contents, their chain in a process of its own."""
    deck = Batchdeck(tmp_path)
    process = deck.start("devnet", "--port", "0")
    assert process.stdout is not None
    word, address = process.stdout.readline().split()
    assert word == "READY"
    deck.variables["BATCHDECK_CHAIN_URL"] = address
    yield prepared(deck)
    process.terminate()
    assert process.wait(timeout=15) == 0
    process.communicate()


def test_over_loopback(served: Batchdeck) -> None:
    """`batchdeck devnet` is a node like any other: READY tells its address, and an engine works with it."""
    done = price(served, "1-10", "--wait")
    assert done["confirmedCount"] == 10, json.dumps(done, indent=1)


def test_signers(deck: Batchdeck) -> None:
    """`signers` lists who plays whom, with balance and nonce, and no key."""
    price(deck, "1-3", "--wait")
    found = json.loads(deck.run("signers", "--json").stdout)
    assert {tuple(one["creators"]) for one in found} == {(CREATOR,), (OTHER,)}
    (ours,) = [one for one in found if one["creators"] == [CREATOR]]
    assert (ours["simulated"], ours["nonce"], ours["inFlight"]) == (True, 3, 0)
    assert ours["balance"] > 0


def test_a_lane_is_paused_until_it_is_resumed(deck: Batchdeck) -> None:
    """The next process knows it too: the list says who paused it, and why."""
    price(deck, "1", "--wait")
    (ours,) = [one for one in deck.json("signers") if one["creators"] == [CREATOR]]
    assert deck.json("signers", "--pause", ours["address"], "--why", "odd fees")["paused"]
    (paused,) = [one for one in deck.json("signers") if one["paused"]]
    assert (paused["address"], paused["held"].partition(": ")[2]) == (ours["address"], "odd fees")
    assert "is paused already" in deck.run("signers", "--pause", ours["address"], code=2).stderr
    assert "goes on" in deck.run("signers", "--resume", ours["address"]).stdout
    assert "isn't paused" in deck.run("signers", "--resume", ours["address"], code=2).stderr
    assert deck.run("signers", "--pause", "A", "--resume", "A", code=2).stdout == ""


async def test_a_held_lane_is_released(deck: Batchdeck) -> None:
    """Another wallet used the key: what held the lane is said, and it is released once."""
    price(deck, "1", "--wait")
    chain = Devnet.open(deck.home / "test.sqlite3.devnet")
    (ours,) = {row["sender"] for row in chain.ledger.rows("SELECT sender FROM mined")}
    chain.mine_foreign(ours)
    await chain.close()
    told = deck.json("signers", "--release", ours, "--why", "another wallet paid with it")
    assert told["released"] == ours
    with contextlib.closing(sqlite3.connect(deck.home / "test.sqlite3")) as database:
        deeds = database.execute("SELECT detail, why FROM audit WHERE act = 'release'").fetchall()
    assert deeds == [(ours, "another wallet paid with it")]
    assert "goes with --release" in deck.run("signers", "--why", "nothing", code=2).stderr
    assert "The chain is at nonce 2, but the last one known here is 0" in told["held"]
    assert "isn't held" in deck.run("signers", "--release", ours, code=2).stderr
    assert f"There is no signer {CREATOR}" in deck.run("signers", "--release", CREATOR, code=2).stderr


def test_dry_run_knows_the_fees(deck: Batchdeck) -> None:
    """`--dry-run` asks the node what it would cost, and who would pay."""
    review = price(deck, "1-3", "--dry-run")
    assert review["calls"] == 3
    assert review["feeTotal"] == 3 * review["feeEach"] > 0
    assert review["signer"]
    assert [row["warning"] for row in review["items"]] == [None, None, None]
    assert [row["preflight"] for row in review["items"]] == ["passes"] * 3
    assert (review["preflight"]["asked"], review["preflight"]["notTried"]) == (3, 0)
    assert review["funds"]["enough"]


def said(deck: Batchdeck, ids: str) -> str:
    """What a dry run prints for people."""
    arguments = ("submit", "update-price", "--creator", CREATOR, "--ids", ids, "--price", "2stx", "--dry-run")
    return deck.run(*arguments).stdout


def test_dry_run_foresees_what_would_abort(served: Batchdeck) -> None:
    """Another's content, an unknown one, a paused contract: each is told with its number before a fee is spent."""
    url = served.variables["BATCHDECK_CHAIN_URL"]
    control(url, "register", {"contents": [[2, OTHER, 7], [3, OTHER, 7], [4, OTHER, 7]], "accounts": [OTHER]})
    control(url, "foreign", {"address": OTHER, "function": "remove-content", "args": [3]})
    review = price(served, "1-4", "--dry-run")
    assert [row["preflight"] for row in review["items"]] == ["passes", "aborts", "aborts", "aborts"]
    assert review["items"][2]["warning"] == "the contract doesn't know this content (u404): check its on_chain_id"
    assert [one["count"] for one in review["preflight"]["reasons"]] == [2, 1]
    assert review["preflight"]["abortFees"] == 3 * review["feeEach"]
    lines = said(served, "1-4")
    assert "Preflight: 3 of 4 calls would abort, and cost" in lines
    assert "  2 x the signer is not the creator (u401): sign with the creator's key" in lines
    assert "would abort: the contract doesn't know this content (u404)" in lines
    control(url, "contract", {"paused": True})
    assert "  10 x the contract is paused (u507): retry when it runs again" in said(served, "1-10")
    served.run("batches")
    assert served.json("batches")["total"] == 0


def test_a_dry_retry_says_what_submit_says(served: Batchdeck) -> None:
    """What would abort, what it would cost and who would pay is asked of the node; one that is away says so, with 0."""
    url = served.variables["BATCHDECK_CHAIN_URL"]
    control(url, "contract", {"paused": True})
    batch = price(served, "1,2", "--wait", code=1)["batchId"]
    told = served.json("retry", batch, "--dry-run")
    assert (told["preflight"]["aborts"], told["calls"], told["simulated"]) == (2, 2, True)
    assert told["balance"] > told["feeTotal"] > 0
    lines = served.run("retry", batch, "--dry-run").stdout
    assert "Preflight: 2 of 2 calls would abort, and cost" in lines
    assert "signed by" in lines
    control(url, "contract", {"paused": False})
    control(url, "faults", {"429-reads": {"value": "seconds"}})
    assert "Not preflighted: Node unreachable: " in served.run("retry", batch, "--dry-run").stdout
    assert served.json("batches")["total"] == 1


def test_dry_run_says_what_it_could_not_ask(served: Batchdeck) -> None:
    """At a rate limit nothing is claimed: the line says what wasn't tried and why, and the exit code stays 0."""
    url = served.variables["BATCHDECK_CHAIN_URL"]
    price(served, "1", "--dry-run")
    control(url, "faults", {"429-reads": {"value": "seconds"}})
    assert "Not preflighted: Node unreachable: " in said(served, "1-3")
    control(url, "faults", {"429-reads": None})
    assert "none of 3 calls would abort" in said(served, "1-3")


def test_dry_run_on_another_chain_is_one_problem(served: Batchdeck) -> None:
    """A node of another network is said once, and no row looks as if it could be sent."""
    control(served.variables["BATCHDECK_CHAIN_URL"], "faults", {"network-id": {"value": "1"}})
    lines = said(served, "1-3")
    assert "Nothing can be submitted: The node" in lines
    assert "0x00000001" in lines
    assert "Preflight" not in lines


def test_dry_run_counts_what_the_signer_can_pay(served: Batchdeck) -> None:
    """A balance that is too small is told with how far it goes."""
    url = served.variables["BATCHDECK_CHAIN_URL"]
    review = price(served, "1-10", "--dry-run")
    control(url, "fund", {"address": review["signer"], "balance": 3 * review["feeEach"] + 1})
    lines = said(served, "1-10")
    assert "Not enough funds: needs" in lines
    assert "only the first 3 calls could be paid" in lines


def test_a_content_is_shown_on_both_sides(deck: Batchdeck) -> None:
    """What changed it, by which batch, who and why; the same price on both sides, others while a call is missing."""
    done = price(deck, "1", "--wait", "--why", "The winter sale")
    shown = deck.run("catalogue", "show", "1").stdout
    assert "Price:     2 STX" in shown
    assert "Chain:     2 STX on both sides" in shown
    newest = next(line for line in shown.splitlines() if done["batchId"] in line)
    assert "update-price" in newest
    assert "confirmed" in newest
    assert "The winter sale" in newest
    told = deck.json("catalogue", "show", "1", "--limit", "1")
    assert told["changes"][0]["why"] == "The winter sale"
    assert [change["item"]["batchId"] for change in told["changes"]] == [done["batchId"]]
    assert (told["total"], told["onChain"]["price"], told["onChain"]["foreign"]) == (2, 2_000_000, False)
    assert "the newest 1 of 2 changes" in deck.run("catalogue", "show", "1", "--limit", "1").stdout
    assert "There is no content 'nope'" in deck.run("catalogue", "show", "nope", code=2).stderr


def test_the_chain_of_a_content_may_be_unknown_or_behind(deck: Batchdeck) -> None:
    """An import sets a price and calls nothing: both sides differ, and it is said so; without a chain nobody knows."""
    price(deck, "1", "--wait")
    (deck.home / "one.csv").write_text(catalogue(1))
    deck.run("catalogue", "import", "one.csv")
    told = deck.json("catalogue", "show", "1")
    assert (told["content"]["price"], told["changes"][0]["item"], told["total"]) == (1_000_000, None, 3)
    assert told["onChain"]["price"] == 2_000_000
    assert "catalogue 1 STX, chain 2 STX" in deck.run("catalogue", "show", "1").stdout
    assert "unknown: No chain configured" in deck.run("catalogue", "show", "1", "--chain", "off").stdout


def test_help_names_every_fault(tmp_path: Path) -> None:
    """The names were told only to who had guessed a wrong one; each stands in the help with what it does."""
    said = Batchdeck(tmp_path).run("devnet", "--help").stdout
    assert "--fault NAME[=VALUE][@CHANCE][xCOUNT]" in said
    faults = " ".join(said.partition("Faults")[2].split())
    assert [name for name, meaning in MEANINGS.items() if f" {name} {meaning}" not in faults] == []
