"""Scripts and an engine that is elsewhere: named with --remote, or the one that owns the database beside them."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.forms import many
from tests.console.command import CREATOR, OTHER, Batchdeck, catalogue
from tests.web.support import PATIENCE, Api, served

pytestmark = pytest.mark.xdist_group("afar")  # one worker, or each would start an engine
TOKEN = "c2VjcmV0LXRva2Vu"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One engine on a simulated node, with contents of its own for each play."""
    with served(tmp_path_factory.mktemp("engine"), "--chain", "devnet") as found:
        yield found


@pytest.fixture
def far(engine: Api, tmp_path: Path) -> Batchdeck:
    """Commands on another machine: its home knows nothing but the engine's address."""
    return Batchdeck(tmp_path, ("--remote", engine.url))


def take(deck: Batchdeck, first: int, count: int = 4, creator: str = CREATOR) -> list[str]:
    """Import contents through a command, and return their ids."""
    done = deck.run("catalogue", "import", "-", "--format", "csv", stdin=catalogue(count, creator, first))
    assert f"{many(count, 'content')} imported" in done.stdout
    return [str(number) for number in range(first, first + count)]


def test_a_day_of_a_script_far_away(far: Batchdeck, engine: Api) -> None:
    """Import, review, submit, wait, list, results, revert, export: all of it elsewhere, nothing in the own home."""
    ids = take(far, 1000)
    priced = ("submit", "update-price", "--creator", CREATOR, "--ids", ",".join(ids), "--price", "2.5stx")
    review = far.json(*priced, "--dry-run")
    assert (review["totalItems"], review["calls"], review["feeTotal"] > 0) == (4, 4, True)
    batch = far.json(*priced, "--why", "spring", "--wait", "--until", "settled")
    assert (batch["status"], batch["confirmedCount"], batch["why"]) == ("completed", 4, "spring")
    there = engine.get(f"/api/batches/{batch['batchId']}")
    assert {name: there[name] for name in batch if name != "metrics"} == {
        name: value for name, value in batch.items() if name != "metrics"
    }
    assert batch["batchId"] in far.run("batches").stdout
    shown = far.run("show", batch["batchId"]).stdout
    assert "devnet, simulated" in shown
    rows = list(csv.DictReader(io.StringIO(far.run("results", batch["batchId"], "--format", "csv").stdout)))
    assert {row["outcome"] for row in rows} == {"confirmed"}
    back = far.json("revert", batch["batchId"], "--wait")
    assert (back["revertOf"], back["confirmedCount"]) == (batch["batchId"], 4)
    exported = list(csv.DictReader(io.StringIO(far.run("catalogue", "export", "--creator", CREATOR).stdout)))
    assert {row["price"] for row in exported if row["content_id"] in ids} == {"1000000"}
    changed = far.run("catalogue", "export", "--changed-since", batch["createdAt"], "--json").stdout
    assert {row["content_id"] for row in json.loads(changed)} >= set(ids)
    assert not (far.home / "test.sqlite3").exists()


def test_what_stays_undone_is_tried_again_from_afar(far: Batchdeck) -> None:
    """A batch with a content that isn't there ends with 1; once it is there, retry sends just that."""
    ids = take(far, 2000, 1)
    batch = far.json("submit", "update-price", "--creator", CREATOR, "--ids", "2000,2001", "--price", "3stx",
                     "--wait", code=1)  # fmt: skip
    assert (batch["confirmedCount"], batch["failureCount"], ids) == (1, 1, ["2000"])
    take(far, 2001, 1)
    assert [row["contentId"] for row in far.json("retry", batch["batchId"], "--dry-run")["items"]] == ["2001"]
    again = far.json("retry", batch["batchId"], "--wait")
    assert (again["retryOf"], again["confirmedCount"]) == (batch["batchId"], 1)
    assert "nothing" in far.run("retry", batch["batchId"], code=2).stderr.lower()


def test_holds_from_afar_are_in_the_audit(far: Batchdeck, engine: Api) -> None:
    """Pause, resume and cancel reach the engine with their reasons, and show --audit tells who did what."""
    take(far, 3000, 1)
    started = far.json("submit", "update-price", "--creator", CREATOR, "--ids", "3000", "--price", "3stx",
                       "--at", "2126-01-01T00:00Z")  # fmt: skip
    batch = started["batchId"]
    assert started["status"] == "scheduled"
    assert "paused" in far.run("pause", batch, "--why", "a slip").stdout
    assert "scheduled" in far.run("resume", batch).stdout
    assert far.json("cancel", batch, "--why", "for good")["status"] == "cancelled"
    audit = far.json("show", batch, "--audit")["audit"]
    assert [(deed["act"], deed["why"]) for deed in audit] == [
        ("submit", None), ("pause", "a slip"), ("resume", None), ("cancel", "for good"),
    ]  # fmt: skip
    shown = far.run("show", batch, "--audit").stdout
    assert "for good" in shown.partition("Audit")[2]
    assert engine.get("/api/batches/health")["paused"] is False
    far.run("pause", "--all", "--why", "fire")
    assert engine.get("/api/batches/health")["paused"] is True
    far.run("resume", "--all")
    assert engine.get("/api/batches/health")["paused"] is False


def test_refusals_from_afar_read_like_those_at_home(far: Batchdeck) -> None:
    """Bad input is named by its flag and ends with 2; a file with a bad line names that line."""
    ids = take(far, 4000, 1)
    done = far.run("submit", "update-price", "--creator", CREATOR, "--ids", ids[0], "--price", "0", code=2)
    assert "newPrice (--price)" in done.stderr
    assert "There is no batch" in far.run("show", "NOTHING", code=2).stderr
    bad = catalogue(1, first=4001) + f"{ids[0]},{OTHER},Not theirs,1\n"
    done = far.run("catalogue", "import", "-", "--format", "csv", stdin=bad.replace(",1000000", ",x"), code=2)
    assert "line 2" in done.stderr
    assert far.run("engine", code=2).stderr.startswith("--remote is")
    assert "that engine alone" in far.run("backup", "x.sqlite3", code=2).stderr


def test_signers_and_doctor_from_afar(far: Batchdeck, engine: Api) -> None:
    """Signers are those of the engine; doctor tells how it says it is, and what this machine lacks."""
    take(far, 5000, 1)
    assert [CREATOR] in [row["creators"] for row in far.json("signers")]
    found = {row["name"]: row for row in far.json("doctor")["parts"]}
    assert engine.url in found["remote"]["detail"]
    assert found["remote node"]["ok"]
    assert "database" not in found
    away = Batchdeck(far.home, ("--remote", "http://127.0.0.1:9"))
    lost = {row["name"]: row for row in away.json("doctor", code=3)["parts"]}["remote"]
    assert (lost["ok"], "check the address" in lost["todo"]) == (False, True)


def kept(engine: Api, batch: str) -> int:
    """Wait until an alert about a batch is kept, and return its number."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for alert in engine.get("/api/alerts", limit=500)["alerts"]:
            if alert["batchId"] == batch:
                return int(alert["alertId"])
        time.sleep(0.1)
    raise AssertionError("it was never kept")


def test_alerts_from_afar_and_beside(far: Batchdeck, engine: Api) -> None:
    """A batch that fails is told until somebody says that it was seen, from wherever, and nobody can say it again."""
    for number, deck in enumerate((far, Batchdeck(engine.deck.home))):
        alert = str(kept(engine, batch := engine.start([f"nowhere {number}"])))
        (line,) = [line for line in deck.run("alerts", "--limit", "500").stdout.splitlines() if batch in line]
        assert line.split()[0] == alert
        assert "100% of 1 item failed" in line
        seen = deck.json("alerts", "--acknowledge", alert, "--why", "known")
        assert (seen["batchId"], seen["why"], bool(seen["acknowledgedBy"])) == (batch, "known", True)
    assert batch not in far.run("alerts", "--limit", "500").stdout
    assert seen in far.json("alerts", "--all", "--limit", "500")["alerts"]
    assert "has acknowledged alert" in far.run("alerts", "--acknowledge", alert, code=2).stderr
    assert "goes with --acknowledge" in far.run("alerts", "--why", "x", code=2).stderr


def test_a_bar_on_a_terminal_and_silence_in_a_pipe(far: Batchdeck) -> None:
    """Who waits at a terminal sees how far it is; a script's stderr stays empty."""
    take(far, 6000)
    line = ("submit", "update-price", "--creator", CREATOR, "--ids", "6000-6003", "--price", "4stx", "--wait")
    assert far.run(*line).stderr == ""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(far.line(*line), stdout=subprocess.PIPE, stderr=theirs, env=far.environment)
        out, _ = process.communicate(timeout=60)
        os.close(theirs)
        seen = os.read(ours, 100_000).decode()
    finally:
        os.close(ours)
    assert process.returncode == 0
    assert b"completed" in out
    assert "4/4" in seen


def test_writing_beside_the_engine_that_owns_the_file(engine: Api) -> None:
    """On the engine's own machine no flag is needed: whoever has the database is found, and does it."""
    here = Batchdeck(engine.deck.home)
    ids = take(here, 7000)
    line = ("submit", "update-price", "--creator", CREATOR, "--ids", ",".join(ids), "--price", "2stx")
    assert f"the engine at {engine.url} carries it" in here.run(*line).stdout
    batch = here.json(*line[:-1], "3stx", "--wait")
    assert (batch["confirmedCount"], batch["status"]) == (4, "completed")
    back = here.json("revert", batch["batchId"])
    assert back["totalItems"] == 4
    here.run("pause", "--all")
    assert engine.get("/api/batches/health")["paused"] is True
    assert here.json("resume", "--all") == {"paused": False}
    assert engine.get("/api/batches/health")["paused"] is False
    assert "mainnet" in here.run("--network", "mainnet", *line, code=2).stderr


def test_an_owner_with_tokens_asks_for_one(tmp_path: Path) -> None:
    """The owner's address is found, its token isn't: the sentence says where to give it; in the lock there is none."""
    tokens, token = tmp_path / "tokens", tmp_path / "token"
    tokens.write_text(f"alice:{TOKEN}\nbob:{TOKEN}b:read\n")
    token.write_text(f"{TOKEN}\n")
    for path in (tokens, token):
        path.chmod(0o600)
    with served(tmp_path, "--chain", "off", "--tokens-file", str(tokens), token=TOKEN) as api:
        here = Batchdeck(tmp_path)
        said = here.run("catalogue", "import", "-", "--format", "csv", stdin=catalogue(1), code=2).stderr
        assert f"The engine at {api.url} asks for a token: give --token-file" in said
        with_token = Batchdeck(tmp_path, ("--token-file", str(token)))
        take(with_token, 1)
        batch = with_token.json("submit", "update-price", "--creator", CREATOR, "--ids", "1", "--price", "2stx")
        assert with_token.json("show", batch["batchId"], "--audit")["audit"][0]["who"] == "alice"
        token.write_text(f"{TOKEN}b\n")
        assert "The token bob may only read" in with_token.run("pause", "--all", code=2).stderr
        lock = (tmp_path / "test.sqlite3.lock").read_text()
        assert (api.url in lock, TOKEN in lock) == (True, False)
        assert TOKEN not in said


def test_a_token_on_an_open_road(tmp_path: Path) -> None:
    """A command says so once, and does what was asked; doctor has it as a warning."""
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    open_road = Batchdeck(tmp_path, ("--remote", "http://0.0.0.0:9", "--token-file", "token"))
    said, away = open_road.run("batches", code=3).stderr.splitlines()
    assert said.startswith("The token goes to http://0.0.0.0:9 in plain HTTP")
    assert "can't be reached" in away
    found = {row["name"]: row for row in open_road.json("doctor", code=3)["parts"]}
    assert "plain HTTP" in found["remote token"]["detail"]
    assert "tunnel" in found["remote token"]["todo"]


def test_an_owner_without_an_api(tmp_path: Path) -> None:
    """An engine with --no-api can't be asked: the command says so and ends with 3."""
    here = Batchdeck(tmp_path, (), {"PYTHONUNBUFFERED": "1"})
    process = here.start("engine", "--no-api")
    try:
        assert process.stdout
        assert process.stdout.readline() == "READY\n"
        for line in (("pause", "--all"), ("cancel", "X"), ("catalogue", "import", "-", "--format", "csv")):
            done = here.run(*line, stdin=catalogue(1), code=3)
            assert f"process id {process.pid}" in done.stderr
            assert "no API" in done.stderr
    finally:
        process.terminate()
        process.communicate(timeout=30)
