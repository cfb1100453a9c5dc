"""How the command line answers before any engine is opened: help, version, refusals, exit codes."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest
from typer.testing import CliRunner

from console.cli.app import app
from console.cli.commands import COMMANDS, help_text
from console.cli.demo import demo_engine, demo_settings
from engine.core.model import Draft
from engine.core.reports import ContentQuery
from engine.errors import BatchdeckError
from engine.flags import FLAGS
from engine.layers import sources
from tests.console.command import CREATOR, HEADER, ROOT, Batchdeck, catalogue

HEAVY = ("pydantic", "sqlalchemy", "sqlmodel", "textual", "httpx", "apscheduler", "rich", "asyncio", "typer")


@pytest.fixture
def deck(tmp_path: Path) -> Batchdeck:
    return Batchdeck(tmp_path)


def test_help_is_one_text() -> None:
    """The help that comes at once is the one that typer gives, and names every command and flag."""
    given = CliRunner().invoke(app, ["--help"])
    assert given.exit_code == 0
    assert given.stdout.strip() == help_text().strip()
    for name in (*COMMANDS, *(flag.name for flag in FLAGS.values())):
        assert name in given.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """Each command of the table is there and says what it does."""
    given = CliRunner().invoke(app, [name, "--help"])
    assert given.exit_code == 0, given.stderr
    assert given.stdout.startswith(f"Usage: batchdeck {name}")


def test_no_sentence_of_help_is_cut() -> None:
    """What a command of a command does is said whole also in the list of them."""
    said = CliRunner().invoke(app, ["catalogue", "--help"]).stdout
    assert "export" in said
    assert "..." not in said.replace("[ARGS]...", "")


def test_help_loads_nothing_heavy() -> None:
    """`--help` imports no engine, no database, not even typer."""
    code = "import sys; sys.argv[1:] = ['--help']; from console.__main__ import main; main(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(HEAVY).isdisjoint(done.stdout.splitlines()[-1].split())


def test_help_is_quick() -> None:
    """`--help` takes at most six times as long as a bare interpreter (PERFORMANCE.md, mark 8)."""

    def quickest(*arguments: str) -> float:
        times = []
        for _ in range(5):
            start = perf_counter()
            subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=True)
            times.append(perf_counter() - start)
        return min(times)

    assert quickest("-m", "console", "--help") <= 6 * quickest("-c", "pass")


def test_version(deck: Batchdeck) -> None:
    """`--version` prints one line and ends with 0."""
    assert re.fullmatch(r"batchdeck (\d+\.\d+\.\d+|\(not installed\))\n", deck.run("--version").stdout)


def test_whoever_reads_no_further_is_told_of_no_failed_item(deck: Batchdeck) -> None:
    """`... | head` ends a command by its pipe: 1 would say that items failed, so the code is the shell's own 141."""
    with deck.start("doctor") as reading:
        assert reading.stdout is not None
        reading.stdout.close()
        assert reading.wait(30) == 141
        assert reading.stderr is not None
        assert reading.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], ("nonsense",)),
        (["batchs"], ("batchs", "batches")),
        (["batches", "--nonsense"], ("--nonsense",)),
        (["show"], ("BATCH",)),
        (["catalogue"], ("import", "export")),
        (["submit", "update-price"], ("--creator",)),
        (["batches", "--status", "bogus"], ("Invalid value for '--status': 'bogus' is not one of",)),
        (["batches", "--limit", "0"], ("--limit", "1")),
        (["--port", "x", "batches"], ("--port is 'x'", "whole number")),
        (["batches", "--chain", "ftp://x"], ("--chain is 'ftp://x'", "give")),
        (["--config", "none.toml", "batches"], ("--config is 'none.toml'", "no such file")),
        (["pause"], ("--all",)),
        (["pause", "B", "--all"], ("--all",)),
        (["demo", "--database", "sqlite:///mine.db"], ("--database", "demo")),
        (["results", "B", "--outcome", "lost"], ("lost", "off-chain")),
        (["catalogue", "import", "none.csv"], ("none.csv", "No such file")),
        (["catalogue", "import", "list.txt"], ("list.txt", ".csv, .json or .jsonl")),
        (["catalogue", "export", "--changed-since", "2026-01-01"], ("--changed-since", "time zone")),
        (["--read-only", "resume", "--all"], ("--read-only", "console", "demo")),
    ],
)
def test_refused_usage(deck: Batchdeck, arguments: list[str], words: tuple[str, ...]) -> None:
    """Bad usage and bad settings end with 2 and one sentence on stderr that names what was wrong."""
    done = deck.run(*arguments, code=2)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr


@pytest.mark.parametrize("arguments", [[], ["demo"], ["--read-only"], ["demo", "--read-only"]])
def test_no_terminal(deck: Batchdeck, arguments: list[str]) -> None:
    """Without a terminal the console doesn't open: 2, a sentence, and nothing was made."""
    done = deck.run(*arguments, code=2)
    assert "needs a terminal" in done.stderr
    assert not list(deck.home.rglob("*.sqlite3"))


def test_flags_stand_anywhere(deck: Batchdeck) -> None:
    """A setting may stand before or behind the command; the one behind wins."""
    done = deck.run("--port", "70000", "batches", "--port", "x", code=2)
    assert "--port is 'x'" in done.stderr


def test_environment_and_file(deck: Batchdeck) -> None:
    """Settings come from the environment and the file too, and are refused by the name that they have there."""
    (deck.home / "own.toml").write_text("window = 99\n")
    assert "window in own.toml is 99" in deck.run("--config", "own.toml", "batches", code=2).stderr
    deck.variables["BATCHDECK_WINDOW"] = "98"
    assert "BATCHDECK_WINDOW is '98'" in deck.run("--config", "own.toml", "batches", code=2).stderr


def test_no_engine_at_an_address(deck: Batchdeck) -> None:
    """Where no engine answers, `--remote` ends with 3 and the address; it never shows local data in its place."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for command in (("batches",), ("pause", "--all"), ("catalogue", "export")):
            done = deck.run(*command, "--remote", address, code=3)
            assert (done.stdout, address in done.stderr, done.stderr.count("\n")) == ("", True, 1)


def test_own_folder(deck: Batchdeck) -> None:
    """Without a word about a database it is in the user's data folder, which is made, and nobody else's to read."""
    deck.variables["BATCHDECK_DATABASE_URL"] = ""
    deck.run("resume", "--all")
    (database,) = deck.home.rglob("batchdeck.sqlite3")
    assert database.parent.stat().st_mode & 0o077 == 0


def test_hostile_words(deck: Batchdeck) -> None:
    """What comes back on stderr can't steer the terminal."""
    done = deck.run("submit", "update-price", "--creator", "ST\x1b]0;owned\x07", "--ids", "1", "--price", "1", code=2)
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr


def test_completion(deck: Batchdeck) -> None:
    """The shell completes commands without opening anything."""
    asked = {"_BATCHDECK_COMPLETE": "complete_bash", "COMP_WORDS": "batchdeck re", "COMP_CWORD": "1"}
    code = "import sys; sys.argv = ['batchdeck']; from console.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=deck.environment | asked, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["results", "retry", "revert", "resume", "restore"], done.stderr


def test_the_demo_names_itself_as_the_origin_of_what_it_sets() -> None:
    """Settings tell where each comes from: nobody wrote BATCHDECK_DATABASE_URL, so nobody shall look for it."""
    found = {one.name: one.origin for one in sources(demo_settings({"port": "8421"}))}
    assert found["database_url"] == found["chain_url"] == found["contract"] == "demo"
    assert (found["port"], found["window"]) == ("--port", "default")


def test_one_is_one(deck: Batchdeck) -> None:
    """A single content, batch, call, problem or warning is told as one."""
    (deck.home / "bad.csv").write_text(f"{HEADER}\n1,{CREATOR},T,0\n")
    assert "because of 1 problem\n" in deck.run("catalogue", "import", "bad.csv", code=2).stderr
    (deck.home / "one.csv").write_text(catalogue(1))
    assert "1 content imported." in deck.run("catalogue", "import", "one.csv").stdout
    price = ("submit", "update-price", "--creator", CREATOR, "--ids", "1", "--price", "2stx")
    assert "1 item, 0 of which would fail, in 1 batch\n" in deck.run(*price, "--dry-run", "--chain", "devnet").stdout
    assert "1 contract call," in deck.run(*price, "--dry-run", "--chain", "devnet").stdout
    (deck.home / "keys.toml").write_text('[keys]\n"no.such" = "z"\n')
    said = deck.run("--config", "keys.toml", "doctor").stdout.splitlines()
    warnings = sum(line.startswith("warning") for line in said)
    assert said[-1].endswith(f" {warnings} warning{'' if warnings == 1 else 's'}.")
    assert warnings


async def test_the_demo_is_looked_at_beside_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who only looks needs no lock: the second console of a demo was told to end the first."""
    monkeypatch.setattr("console.cli.places.demo", lambda: tmp_path / "demo")
    settings = demo_settings({})
    async with demo_engine(settings, read_only=True) as first:  # nothing is there yet: the sample is put in
        assert (await first.contents(ContentQuery(limit=1))).total == 3200
    async with demo_engine(settings) as works, demo_engine(settings, read_only=True) as looks:
        assert (await looks.contents(ContentQuery(limit=1))).total == 3200
        (content,) = (await works.contents(ContentQuery(limit=1))).rows
        batch = await works.submit(Draft("update-price", content.creator, (content.content_id,), {"newPrice": 5}))
        assert (await looks.batch(batch.id)).tally.total == 1
        with pytest.raises(BatchdeckError, match="read"):
            await looks.cancel(batch.id)
