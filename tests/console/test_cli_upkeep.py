"""`backup`, `restore`, damage and the emergency stop, each by a process of its own, beside real engines."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.console.command import CREATOR, ROOT, Batchdeck, catalogue

LATER_RELEASE = """
import shutil, sys
from pathlib import Path
from engine.store import migrate
folder = Path(sys.argv.pop(1))
shutil.copytree(migrate.FOLDER, folder, dirs_exist_ok=True)
(folder / "versions" / "9001_later.py").write_text(
    "import sqlalchemy as sa\\nfrom alembic import op\\n"
    f"revision, down_revision = '9001', '{migrate.HEAD}'\\n"
    "def upgrade():\\n    op.add_column('content', sa.Column('note', sa.String(), nullable=True))\\n"
)
migrate.FOLDER, migrate.HEAD = folder, "9001"
from console.__main__ import main
main()
"""


@pytest.fixture
def deck(tmp_path: Path) -> Batchdeck:
    """A database with a thousand contents of one creator."""
    deck = Batchdeck(tmp_path)
    (tmp_path / "all.csv").write_text(catalogue(1000))
    deck.run("catalogue", "import", "all.csv")
    return deck


@contextmanager
def engine(deck: Batchdeck) -> Iterator[subprocess.Popen[str]]:
    process = deck.start("engine", "--no-api")
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "READY\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


def database(deck: Batchdeck) -> Path:
    return deck.home / "test.sqlite3"


def submit(deck: Batchdeck, ids: str, *more: str, code: int | None = 0) -> dict:
    return deck.json("submit", "update-price", "--creator", CREATOR, "--ids", ids, "--price", "2stx", *more, code=code)


def elsewhere(deck: Batchdeck, file: Path) -> Batchdeck:
    """Another machine with nothing on it but a backup: restore it there."""
    home = deck.home / f"elsewhere {file.name}"
    home.mkdir()
    other = Batchdeck(home, variables=dict(deck.variables))
    other.run("restore", str(file))
    return other


def test_backups_of_an_engine_at_work(deck: Batchdeck) -> None:
    """Each is whole and of one moment, and an engine that opens it brings everything to its end."""
    for first in range(1, 1001, 100):
        submit(deck, f"{first}-{first + 99}")
    files = [deck.home / f"backup {n}.db" for n in range(4)]
    with engine(deck) as process:
        for file in files:
            told = deck.json("backup", str(file))
            assert (told["batches"], told["contents"], told["file"]) == (10, 1000, str(file))
            assert told["bytes"] == file.stat().st_size
            assert file.stat().st_mode & 0o777 == 0o600
        assert process.poll() is None
    assert not list(deck.home.glob(".*.part*"))
    for file in (files[0], files[-1]):
        other = elsewhere(deck, file)
        assert other.json("doctor")["ok"]
        other.run("engine", "--drain", "--no-api")
        listed = other.json("batches")["operations"]
        assert [(one["status"], one["offChainCount"]) for one in listed] == [("completed", 100)] * 10


def test_a_backup_says_what_is_where(deck: Batchdeck) -> None:
    """In words: the file, what is in it, and how to put it back."""
    said = deck.run("backup", "a.db").stdout.splitlines()
    assert said[0].startswith(f"{database(deck)} is copied to {deck.home}/a.db: 0 batches, 1000 contents, schema ")
    assert said[-1] == f"To put it back: batchdeck restore {deck.home}/a.db"


@pytest.mark.parametrize(
    ("file", "more", "code", "words"),
    [
        ("there.db", (), 2, "there.db is there already: name another file, or replace it with --force"),
        (".", ("--force",), 2, "is a folder: name a file in it for the backup"),
        ("no/such/b.db", (), 2, "isn't there: make it, or name another file for the backup"),
        ("test.sqlite3", ("--force",), 2, "belongs to the database itself"),
        ("test.sqlite3-wal", ("--force",), 2, "belongs to the database itself"),
        ("b.db", ("--database", "sqlite:///none.db"), 3, "There is no database at"),
        ("b.db", ("--database", "sqlite:///there.db"), 3, "there.db is not a database"),
        ("b.db", ("--remote", "http://localhost:1"), 2, "works on the machine of that engine alone"),
    ],
)
def test_a_backup_that_can_not_be(deck: Batchdeck, file: str, more: tuple[str, ...], code: int, words: str) -> None:
    """One sentence each, and nothing is replaced."""
    (deck.home / "there.db").write_text("kept " * 200)
    done = deck.run("backup", file, *more, code=code)
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (deck.home / "there.db").read_text() == "kept " * 200
    assert not (deck.home / "b.db").exists()


def test_a_restore_while_an_engine_works_is_refused(deck: Batchdeck) -> None:
    """With 3, and the process to end is named; after it the restore works, and so does the next start."""
    deck.run("backup", "b.db")
    submit(deck, "1-3")
    with engine(deck) as process:
        done = deck.run("restore", "b.db", code=3)
        assert f"process id {process.pid} already works on {database(deck)}" in done.stderr
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    told = deck.json("restore", "b.db")
    assert (told["batches"], told["contents"], told["chain"]) == (0, 1000, "none")
    assert told["taken"].endswith("Z")
    (kept,) = told["kept"]
    assert Path(kept).name.startswith("test.sqlite3.before-restore-20")
    assert deck.json("batches")["total"] == 0
    assert submit(deck, "5", "--wait", code=1)["offChainCount"] == 1
    assert deck.json("batches", "--database", f"sqlite:///{kept}")["total"] == 1


def test_a_restore_after_a_kill(deck: Batchdeck) -> None:
    """A killed engine leaves its log: it goes with the database that is kept, and not into the one put back."""
    deck.run("backup", "b.db")
    with engine(deck) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=20)
    submit(deck, "1-3")
    said = deck.run("restore", "b.db").stdout
    assert f"{database(deck)} is again as in {deck.home}/b.db of 20" in said
    assert "What was there before is kept as" in said
    assert deck.json("doctor")["ok"]
    assert deck.json("batches")["total"] == 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda file: None, "there is no such file"),
        (lambda file: file.write_text("Dear diary " * 99), "it isn't a backup that Batchdeck made"),
        (lambda file: shutil.copy(file.with_name("whole.db"), file) and os.truncate(file, 20_000), "it is damaged ("),
    ],
)
def test_a_restore_of_something_else(deck: Batchdeck, make: object, words: str) -> None:
    """Refused with 2 before anything is touched."""
    deck.run("backup", "whole.db")
    before = database(deck).read_bytes()
    make(deck.home / "b.db")  # type: ignore[operator]
    done = deck.run("restore", "b.db", code=2)
    assert f"{deck.home}/b.db can't be restored: {words}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert database(deck).read_bytes() == before
    assert not list(deck.home.glob("*.before-*"))


@pytest.fixture
def simulated(deck: Batchdeck) -> Batchdeck:
    """On the chain inside, with a batch that is confirmed there."""
    deck.variables["BATCHDECK_CHAIN_URL"] = "devnet"
    assert submit(deck, "1-3", "--wait")["confirmedCount"] == 3
    return deck


def test_a_simulated_chain_comes_along(simulated: Batchdeck) -> None:
    """FILE.devnet is the chain that the database is bound to: on another machine the two go on together."""
    said = simulated.run("backup", "b.db").stdout
    assert f"Its simulated chain is copied to {simulated.home}/b.db.devnet: keep the two together." in said
    assert (simulated.home / "b.db.devnet").stat().st_mode & 0o777 == 0o600
    assert "is there already" in simulated.run("backup", "b.db", code=2).stderr
    assert simulated.json("backup", "b.db", "--force")["chain"] == f"{simulated.home}/b.db.devnet"
    other = elsewhere(simulated, simulated.home / "b.db")
    assert submit(other, "4-6", "--wait")["confirmedCount"] == 3
    assert other.json("doctor")["ok"]


def test_a_chain_that_went_on_is_not_turned_back(simulated: Batchdeck) -> None:
    """As with a real one: the database goes back alone, and the output says so."""
    simulated.run("backup", "b.db")
    submit(simulated, "4-6", "--wait")
    said = simulated.run("restore", "b.db").stdout
    assert "The simulated chain stays as it is: it may be ahead of the backup." in said
    with closing(sqlite3.connect(simulated.home / "test.sqlite3.devnet")) as chain:
        assert chain.execute("SELECT count(*) FROM mined").fetchone() == (6,)
    assert simulated.json("batches")["total"] == 1


def test_a_backup_older_than_the_first_transaction(tmp_path: Path) -> None:
    """Carried, put back, carried again: two items are two transactions, whatever the database forgot.

    Six commands, each a process of its own, take their time.
    """
    deck = Batchdeck(tmp_path, ("--chain", "devnet"))
    deck.run("catalogue", "import", "-", "--format", "csv", stdin=catalogue(2))
    batch = submit(deck, "1-2")["batchId"]
    deck.run("backup", "b.db")
    deck.run("engine", "--drain")
    deck.run("restore", "b.db")
    deck.run("engine", "--drain")
    assert deck.json("show", batch)["confirmedCount"] == 2
    with closing(sqlite3.connect(tmp_path / "test.sqlite3.devnet")) as chain:
        assert chain.execute("SELECT count(*) FROM mined").fetchone() == (2,)


def test_a_chain_that_is_another_is_kept_aside(simulated: Batchdeck) -> None:
    """A devnet that was made anew meanwhile would be refused: the backup's own takes its place."""
    simulated.run("backup", "b.db")
    for suffix in ("", "-wal", "-shm"):
        (simulated.home / f"test.sqlite3.devnet{suffix}").unlink(missing_ok=True)
    (simulated.home / "test.sqlite3.devnet").write_text("what is this")
    told = simulated.json("restore", "b.db")
    assert told["chain"] == "put back"
    assert (Path(told["kept"][1])).read_text() == "what is this"
    assert submit(simulated, "4", "--wait")["confirmedCount"] == 1


def test_a_simulated_chain_that_can_not_be_read_is_no_riddle(simulated: Batchdeck) -> None:
    """3, its file, and what to do; it is left as it is."""
    for suffix in ("-wal", "-shm"):
        (simulated.home / f"test.sqlite3.devnet{suffix}").unlink(missing_ok=True)
    chain = simulated.home / "test.sqlite3.devnet"
    chain.write_bytes(b"what is this" * 400)
    done = simulated.run("engine", "--no-api", code=3)
    assert f"{chain} can't be used as a devnet's file" in done.stderr.splitlines()[-1]
    assert chain.read_bytes() == b"what is this" * 400
    assert [part["state"] for part in simulated.json("doctor", code=3)["parts"] if part["name"] == "devnet"] == [
        "unwell"
    ]


def test_a_backup_without_its_chain_says_so(simulated: Batchdeck) -> None:
    """The database is backed up all the same; where it is restored without a chain, one is told what that means."""
    (simulated.home / "test.sqlite3.devnet").rename(simulated.home / "away")
    told = simulated.json("backup", "b.db")
    assert told["chain"] is None
    assert "not the one beside it" in told["withoutChain"]
    assert "neither beside the database nor beside the backup" in simulated.run("restore", "b.db").stdout


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda data: data[: len(data) // 2], "is damaged ("),
        (lambda data: data[:8192] + bytes(len(data) - 8192), "is damaged ("),
        (lambda data: os.urandom(len(data)), "is not a database"),
        (lambda data: b"", "is empty (0 bytes)"),
    ],
    ids=["cut", "zeroed", "random", "empty"],
)
def test_damage_is_refused_by_every_command_and_healed_by_restore(deck: Batchdeck, harm: object, words: str) -> None:
    """3 and one sentence with file and remedy, not a byte changed; a restore puts it right."""
    deck.run("backup", "b.db")
    bad = harm(database(deck).read_bytes())  # type: ignore[operator]
    database(deck).write_bytes(bad)
    update = ("submit", "update-price", "--creator", CREATOR, "--ids", "1", "--price", "1")
    for command in (("engine", "--no-api"), update, ("backup", "c.db")):
        done = deck.run(*command, code=3)
        assert done.stdout == ""
        assert done.stderr.startswith(f"{database(deck)} {words}"), done.stderr
        assert "batchdeck restore FILE" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert database(deck).read_bytes() == bad
    told = deck.json("restore", "b.db")
    assert Path(told["kept"][0]).read_bytes() == bad
    assert deck.json("catalogue", "export", "--format", "json")[0]["content_id"] == "1"


def test_a_folder_is_no_database(deck: Batchdeck) -> None:
    """3, with what to name instead."""
    done = deck.run("engine", "--no-api", "--database", f"sqlite:///{deck.home}", code=3)
    assert done.stderr == f"{deck.home} is a folder: name a file in it for the database\n"


def test_a_later_release_and_an_earlier_one(deck: Batchdeck) -> None:
    """The later one keeps a copy and migrates; then the earlier one refuses, with both schemas, but has the copy."""
    home = database(deck).parent
    later = ["-c", LATER_RELEASE, str(home / "later"), "pause", "--all", "--json"]
    code = [deck.line()[0], *later]
    done = subprocess.run(code, env=deck.environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"paused": True}), done.stderr
    (copy,) = home.glob("test.sqlite3.before-9001-*")
    for command in (("engine", "--no-api"), ("batches",)):
        refused = deck.run(*command, code=3).stderr
        assert "was written by a newer release (schema 9001, this one knows 0" in refused
        assert "update Batchdeck" in refused
    deck.run("restore", str(copy))
    assert deck.json("doctor")["ok"]
    with closing(sqlite3.connect(database(deck))) as raw:
        assert raw.execute("SELECT count(*) FROM content").fetchone() == (1000,)


def test_the_emergency_stop_needs_neither_node_nor_key(deck: Batchdeck) -> None:
    """What is wrong with those may be why one stops."""
    keys = deck.home / "keys"
    keys.write_text("not a key\n")
    keys.chmod(0o644)
    deck.variables |= {
        "BATCHDECK_CHAIN_URL": "http://127.0.0.1:9",
        "BATCHDECK_CONTRACT": "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.x",
    }
    deck.variables["BATCHDECK_SIGNER_KEYS_FILE"] = str(keys)
    assert deck.json("pause", "--all") == {"paused": True}
    assert "resume --all" in deck.run("pause", "--all").stdout
    assert deck.json("resume", "--all") == {"paused": False}


def test_the_emergency_stop_of_an_engine_without_an_api(deck: Batchdeck) -> None:
    """It can't be reached from here: 3, the process, and what to do."""
    with engine(deck) as process:
        for verb in ("pause", "resume"):
            done = deck.run(verb, "--all", code=3)
            assert f"process id {process.pid} works on {database(deck)} and has no API" in done.stderr
            assert len(done.stderr.splitlines()) == 1
