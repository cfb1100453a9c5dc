"""Commands that only look: beside an engine that owns the database, and when nobody can say who signs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.console.command import CREATOR, OTHER, Batchdeck, catalogue
from tests.node.loopback import Loopback, loopback, ok
from tests.served import devnet

PRICE = ("submit", "update-price", "--creator", CREATOR, "--price", "2stx")
INFO = {"network_id": 0x80000000, "stacks_tip_height": 7, "server_version": "stacks-node 3.1"}


def with_catalogue(home: Path, chain: str) -> Batchdeck:
    deck = Batchdeck(home, variables={"BATCHDECK_CHAIN_URL": chain})
    (home / "ten.csv").write_text(catalogue(10) + catalogue(5, OTHER, 11).split("\n", 1)[1])
    deck.run("catalogue", "import", "ten.csv")
    return deck


@pytest.fixture
def deck(tmp_path: Path) -> Batchdeck:
    """Fifteen contents of two creators, their chain inside whichever engine runs."""
    return with_catalogue(tmp_path, "devnet")


@pytest.fixture
def engine(deck: Batchdeck) -> Iterator[Batchdeck]:
    """The same, while an engine owns both the database and the chain; one batch is settled, its third item failed."""
    deck.run(*PRICE, "--ids", "1,2,nope", "--wait", code=1)
    process = deck.start("engine", "--no-api")
    assert process.stdout is not None
    assert process.stdout.readline() == "READY\n"
    yield deck
    process.terminate()
    process.communicate(timeout=20)


def test_dry_runs_beside_an_owner(engine: Batchdeck) -> None:
    """What would be done is read from the file and the chain while another engine works on both."""
    review = engine.json(*PRICE, "--ids", "3,nope", "--dry-run")
    assert (review["calls"], review["simulated"]) == (1, True)
    assert review["feeTotal"] > 0
    assert review["balance"] > 0
    batch = engine.json("batches")["operations"][0]["batchId"]
    assert [one["contentId"] for one in engine.json("retry", batch, "--dry-run")["items"]] == ["nope"]
    assert [one["contentId"] for one in engine.json("revert", batch, "--dry-run")["items"]] == ["1", "2"]
    assert engine.json("batches")["total"] == 1


def test_signers_beside_an_owner(engine: Batchdeck) -> None:
    """Addresses, balances and nonces come from the chain that the other engine mines."""
    found = {one["creators"][0]: one for one in engine.json("signers")}
    assert found.keys() == {CREATOR, OTHER}
    assert (found[CREATOR]["nonce"], found[OTHER]["nonce"]) == (2, 0)
    assert found[CREATOR]["balance"] > 0


def test_what_writes_is_refused_without_false_advice(engine: Batchdeck) -> None:
    """This release's engines have no API, so nobody is sent there."""
    for writing in ([*PRICE, "--ids", "3"], ["retry", "B"], ["revert", "B"], ["engine"], ["catalogue", "import", "-"]):
        stdin = catalogue(1) if "import" in writing else ""
        more = ["--format", "csv"] if "import" in writing else []
        said = engine.run(*writing, *more, stdin=stdin, code=3).stderr
        assert "no API that could be asked" in said
        assert "use its API" not in said


def test_looking_binds_nothing(tmp_path: Path) -> None:
    """A dry run against one chain leaves the database free for another: it is bound when something is accepted."""
    deck = with_catalogue(tmp_path, "off")
    with devnet(tmp_path, "--file", str(tmp_path / "one.devnet")) as one:
        deck.variables["BATCHDECK_CHAIN_URL"] = one
        assert deck.json(*PRICE, "--ids", "1", "--dry-run")["signer"]
        assert len(deck.json("signers")) == 2
    with devnet(tmp_path, "--file", str(tmp_path / "two.devnet"), "--block-seconds", "0.1") as two:
        deck.variables["BATCHDECK_CHAIN_URL"] = two
        assert deck.json(*PRICE, "--ids", "1", "--wait")["confirmedCount"] == 1
        deck.variables["BATCHDECK_CHAIN_URL"] = "devnet"
        assert "belongs to" in deck.run("signers", code=3).stderr


def test_a_served_simulation_is_called_one(tmp_path: Path) -> None:
    """Whatever a command prints of a chain that isn't real says *simulated*, also when its node is a process away."""
    with devnet(tmp_path, "--block-seconds", "0.1") as url:
        deck = with_catalogue(tmp_path, url)
        simulated = f"{url}, simulated: nothing here is on the real chain"
        assert simulated in deck.run(*PRICE, "--ids", "1", "--dry-run").stdout
        assert simulated in deck.run(*PRICE, "--ids", "1", "--wait").stdout
        batch = deck.json("batches")["operations"][0]["batchId"]
        assert simulated in deck.run("show", batch).stdout
    assert simulated in deck.run("show", batch).stdout


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (lambda node: None, ("Node unreachable",)),
        (lambda node: node.routes.update({"/v2/info": ok({**INFO, "network_id": 1})}), ("0x00000001", "0x80000000")),
        (lambda node: node.routes.update({"/v2/info": ok(INFO)}), ("CONTRACT",)),
    ],
)
async def test_no_answer_is_no_proof_that_nobody_signs(
    tmp_path: Path, node: Callable[[Loopback], None], words: tuple[str, ...]
) -> None:
    """A node that is down or refused, or a contract that nobody named: 3, and the reason."""
    (tmp_path / "keys").write_text("7287ba251d44a4d3fd9276c88ce34c5c52a038955511cccaf77e61068649c17801\n")
    (tmp_path / "keys").chmod(0o600)
    async with loopback() as (server, url):
        node(server)
        deck = await asyncio.to_thread(with_catalogue, tmp_path, "off")
        deck.variables |= {"BATCHDECK_CHAIN_URL": url, "BATCHDECK_SIGNER_KEYS_FILE": "keys"}
        done = await asyncio.to_thread(deck.run, "signers", "--json", code=3)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_nobody_signs_and_why(tmp_path: Path) -> None:
    """No chain, no keys, no creators: each has its own sentence, and 0: it is the whole truth."""
    deck = with_catalogue(tmp_path, "off")
    assert "no chain is configured" in deck.run("signers").stdout
    assert json.loads(deck.run("signers", "--json").stdout) == []
    empty = Batchdeck(tmp_path, variables={"BATCHDECK_DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"})
    empty.run("resume", "--all")
    assert "batchdeck catalogue import" in empty.run("signers", "--chain", "devnet").stdout


def test_where_there_is_nothing_yet(tmp_path: Path) -> None:
    """Looking makes no database, and says what does."""
    deck = Batchdeck(tmp_path, variables={"BATCHDECK_CHAIN_URL": "devnet"})
    for looking in (["signers"], [*PRICE, "--ids", "1", "--dry-run"], ["retry", "B", "--dry-run"], ["batches"]):
        assert "batchdeck catalogue import FILE" in deck.run(*looking, code=3).stderr
    assert not list(tmp_path.glob("*.sqlite3*"))
