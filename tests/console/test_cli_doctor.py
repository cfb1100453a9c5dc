"""`batchdeck doctor` as a process: settings with origins, then every part with what to do, whatever is wrong."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.stacks import PrivateKey
from tests.console.command import CREATOR, Batchdeck, catalogue

CONTRACT = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.pay-per-view"
KEY = "11" * 32
KEYS_ADDRESS = PrivateKey.from_hex(KEY).address("testnet")


@pytest.fixture
def deck(tmp_path: Path) -> Batchdeck:
    return Batchdeck(tmp_path)


@pytest.fixture
def stocked(deck: Batchdeck) -> Batchdeck:
    """A database with ten contents."""
    (deck.home / "ten.csv").write_text(catalogue(10))
    deck.run("catalogue", "import", "ten.csv")
    return deck


@contextmanager
def running(deck: Batchdeck, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command that says READY; gives it and the rest of that line."""
    process = deck.start(*arguments)
    try:
        assert process.stdout is not None
        word, _, rest = process.stdout.readline().strip().partition(" ")
        assert word == "READY"
        yield process, rest
    finally:
        process.terminate()
        process.communicate(timeout=20)


def parts(told: dict) -> dict[str, dict]:
    return {part["name"]: part for part in told["parts"]}


def unlike(told: dict, *known: str) -> set[str]:
    """Return the parts that aren't well; an old SQLite is this machine's own matter."""
    return {part["name"] for part in told["parts"] if part["state"] != "ok"} - {"sqlite", *known}


def database(deck: Batchdeck) -> Path:
    return deck.home / "test.sqlite3"


def test_before_the_first_start(deck: Batchdeck) -> None:
    """With nothing there yet all is well, and nothing is made by looking."""
    deck.variables["BATCHDECK_DATABASE_URL"] = ""
    told = deck.json("doctor")
    assert told["ok"] is True
    assert "isn't there yet: the first engine will make it" in parts(told)["database"]["detail"]
    assert unlike(told) == set()
    assert list(deck.home.iterdir()) == []


def test_a_misspelt_variable_is_a_warning(deck: Batchdeck) -> None:
    """Nobody reads it, so doctor says so, and which it may be; what it holds may be a secret, and isn't told."""
    deck.variables |= {"BATCHDECK_CHAIN_ULR": "off", "BATCHDECK_ZZ": KEY, "batchdeck_window": "9"}
    told = deck.json("doctor")
    found = [part["detail"] for part in told["parts"] if part["name"] == "settings"]
    assert found == [
        "BATCHDECK_CHAIN_ULR is no setting: did you mean BATCHDECK_CHAIN_URL?",
        "BATCHDECK_ZZ is no setting: take it out",
    ]
    assert told["ok"] is True
    assert KEY not in str(told)


def test_each_setting_says_where_it_came_from(deck: Batchdeck) -> None:
    """Flag over variable over file over default, each named as it was written."""
    (deck.home / "own.toml").write_text('window = 7\nlog_level = "debug"\nconcurrency = 3\n')
    deck.variables["BATCHDECK_WINDOW"] = "9"
    said = deck.json("--config", "own.toml", "doctor", "--concurrency", "5")
    found = {one["name"]: (one["value"], one["origin"]) for one in said["settings"]}
    assert found["concurrency"] == ("5", "--concurrency")
    assert found["window"] == ("9", "BATCHDECK_WINDOW")
    assert found["log_level"] == ("debug", "log_level in own.toml")
    assert found["port"] == ("8420", "default")
    text = deck.run("--config", "own.toml", "doctor").stdout
    assert "window" in text
    assert "BATCHDECK_WINDOW" in text
    assert "All is well." in text


def test_broken_settings_are_named(deck: Batchdeck) -> None:
    """Every one that can't be used, with 2; JSON says it too."""
    done = deck.run("doctor", "--json", "--window", "99", "--port", "x", code=2)
    assert "--port is 'x'" in done.stderr
    assert "--window is '99'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert deck.json("doctor", "--window", "99", code=2)["error"].startswith("--window is '99'")


def test_beside_a_running_engine(stocked: Batchdeck) -> None:
    """It only looks: the owner is named, and goes on."""
    with running(stocked, "engine", "--no-api") as (engine, _):
        told = stocked.json("doctor")
        assert f"process id {engine.pid}" in parts(told)["engine"]["detail"]
        assert "10 contents" in parts(told)["database"]["detail"]
        assert "journal wal, synchronous FULL" in parts(told)["database"]["detail"]
        assert unlike(told) == set()
        assert engine.poll() is None
    assert "none works" in parts(stocked.json("doctor"))["engine"]["detail"]


def test_a_damaged_database(stocked: Batchdeck) -> None:
    """It says what happened to which file and what to do, ends with 3, and the file stays as it was."""
    data = database(stocked).read_bytes()
    database(stocked).write_bytes(data[:8192] + bytes(len(data) - 8192))
    before = database(stocked).read_bytes()
    found = parts(stocked.json("doctor", code=3))["database"]
    assert found["state"] == "unwell"
    assert f"{database(stocked)} is damaged (" in found["detail"]
    assert "batchdeck restore FILE" in found["todo"]
    text = stocked.run("doctor", code=3).stdout
    assert "UNWELL   database" in text
    assert text.splitlines()[-1].startswith("Unwell: database.")
    assert database(stocked).read_bytes() == before


def test_no_node_answers(stocked: Batchdeck) -> None:
    """An unreachable node is unwell; all else is said for all that."""
    told = stocked.json("doctor", "--chain", "http://127.0.0.1:9", "--contract", CONTRACT, code=3)
    assert "127.0.0.1:9 doesn't answer: No connection to the node" in parts(told)["node"]["detail"]
    assert "CHAIN_URL" in parts(told)["node"]["todo"]
    assert unlike(told) == {"node", "signer keys", "creators"}


def test_a_node_that_is_well(stocked: Batchdeck) -> None:
    """Its network, tip and way to look up, the contract, the binding, and who plays whom with how much."""
    with running(stocked, "devnet") as (_, address):
        chain = ("--chain", address)
        submit = ("submit", "update-price", "--creator", CREATOR, "--ids", "1", "--price", "2stx", "--wait")
        stocked.run(*submit, *chain)
        told = stocked.json("doctor", *chain)
        assert unlike(told) == set()
        found = parts(told)
        assert "testnet, tip at " in found["node"]["detail"]
        assert "simulated" in found["node"]["detail"]
        assert "API, batch look-ups" in found["look-up"]["detail"]
        assert f"{CONTRACT} is there" in found["contract"]["detail"]
        assert f"bound to network testnet, contract {CONTRACT}, chain devnet " in found["binding"]["detail"]
        assert f"(plays {CREATOR})" in found["signer"]["detail"]
        assert ", nonce 1, " in found["signer"]["detail"]
        other = stocked.json("doctor", "--chain", f"{address},http://127.0.0.1:9", code=3)
        assert [part["state"] for part in other["parts"] if part["name"] == "node"] == ["ok", "unwell"]


@pytest.mark.parametrize(
    ("faults", "more", "part", "state", "words"),
    [
        (("no-api", "no-txindex"), (), "look-up", "warning", "what became of a mined transaction can be unreadable"),
        (("no-api",), (), "look-up", "ok", "plain node with txindex"),
        (("network-id=1",), (), "node", "unwell", "0x00000001"),
        ((), ("--contract", f"{CONTRACT}-2"), "contract", "unwell", "isn't on this chain"),
    ],
)
def test_a_node_that_is_not_as_it_should_be(
    stocked: Batchdeck, faults: tuple[str, ...], more: tuple[str, ...], part: str, state: str, words: str
) -> None:
    """What an engine would stumble over is said beforehand."""
    flags = [text for fault in faults for text in ("--fault", fault)]
    with running(stocked, "devnet", *flags) as (_, address):
        told = stocked.json("doctor", "--chain", address, *more, code=3 if state == "unwell" else 0)
        assert parts(told)[part]["state"] == state
        assert words in parts(told)[part]["detail"]


def test_the_chain_inside(stocked: Batchdeck) -> None:
    """The simulated chain is looked at in its file, while an engine mines on it too; a lost one is told."""
    stocked.variables["BATCHDECK_CHAIN_URL"] = "devnet"
    with running(stocked, "engine", "--no-api"):
        told = stocked.json("doctor")
        assert "simulated chain " in parts(told)["devnet"]["detail"]
        assert parts(told)["binding"]["detail"].startswith("bound to ")
        assert unlike(told) == set()
    for left in stocked.home.glob("test.sqlite3.devnet*"):
        left.unlink()
    lost = parts(stocked.json("doctor", code=3))["binding"]
    assert "devnet (not made yet)" in lost["detail"]


def test_keys_are_looked_at_and_never_shown(stocked: Batchdeck) -> None:
    """Mode, addresses, and the note on a key of 32 bytes; no byte of a key or a token anywhere."""
    keys, token = stocked.home / "keys", stocked.home / "node-key"
    keys.write_text(f"{KEY}\n")
    keys.chmod(0o600)
    token.write_text("s3cr3t-of-the-node\n")
    token.chmod(0o644)
    flags = ("--signer-keys-file", str(keys))
    stocked.variables["BATCHDECK_NODE_API_KEY_FILE"] = str(token)
    done = stocked.run("doctor", *flags, code=3)
    assert KEYS_ADDRESS in done.stdout
    assert "mode 0600" in done.stdout
    assert "append 01" in done.stdout
    assert f"type chmod 600 {token}" in done.stdout
    token.chmod(0o600)
    told = stocked.run("doctor", *flags, "--json").stdout
    for secret in (KEY, "s3cr3t"):
        assert secret not in done.stdout + done.stderr + told
    keys.chmod(0o644)
    found = parts(stocked.json("doctor", *flags, code=3))["signer keys"]
    assert found["state"] == "unwell"
    assert found["todo"] == f"type chmod 600 {keys}"


def test_the_emergency_stop_is_seen(stocked: Batchdeck) -> None:
    """A stop that somebody forgot is a warning with the way back."""
    stocked.run("pause", "--all")
    assert "batchdeck resume --all" in parts(stocked.json("doctor"))["emergency stop"]["todo"]
    stocked.run("resume", "--all")
    assert "emergency stop" not in parts(stocked.json("doctor"))


def test_a_paused_lane_is_named(stocked: Batchdeck) -> None:
    """A pause that somebody forgot is a warning with the way back, like the emergency stop."""
    devnet = ("--chain", "devnet")
    (signer,) = [one["address"] for one in stocked.json("signers", *devnet)]
    stocked.run("signers", *devnet, "--pause", signer, "--why", "the node lags")
    found = parts(stocked.json("doctor", *devnet))["lane"]
    assert "the node lags" in found["detail"]
    assert f"signers --resume {signer}" in found["todo"]
    stocked.run("signers", *devnet, "--resume", signer)
    assert "lane" not in parts(stocked.json("doctor", *devnet))


def test_the_keys_of_the_settings_file_are_judged(stocked: Batchdeck) -> None:
    """What the console would say at its start is said here too; nothing is said where none is bound."""
    file = stocked.home / "keys.toml"
    file.write_text('[keys]\nbatch.retry = "f7"\nbatch.rety = "f8"\n')
    told = stocked.json("doctor", "--config", str(file))["parts"]
    good, bad = sorted((one for one in told if one["name"] == "keys"), key=lambda one: one["state"])
    assert (good["state"], bad["state"]) == ("ok", "warning")
    assert "keys.batch.rety" in bad["detail"]
    assert "did you mean batch.retry?" in bad["detail"]
    assert str(file) in bad["todo"]
    assert "keys" not in parts(stocked.json("doctor"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_may_not_be_written(stocked: Batchdeck) -> None:
    """A database that an engine could only read is unwell before an engine tries."""
    database(stocked).chmod(0o400)
    assert "may not be written" in parts(stocked.json("doctor", code=3))["database"]["detail"]
