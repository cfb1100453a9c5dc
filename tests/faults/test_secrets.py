"""A secret never leaves memory: not by a file, an output, the kernel, an error with its locals, or a screen."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import json
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog
from rich.pretty import pretty_repr
from textual.pilot import Pilot

from console.app import BatchdeckApp
from console.banner import Banner
from console.outfit import Outfit
from console.screens.item import ItemScreen
from console.widgets.row_table import RowTable
from engine import Settings, open_engine
from engine.core.model import Draft
from engine.core.reports import BatchQuery
from engine.errors import BadSettings
from engine.keyring import Keyring, read_keys
from engine.line.signers import OwnSigners
from tests.console.conftest import deck_over, open_batch, picture, run, seen, until
from tests.console.desk import fill, open_screen
from tests.faults.day import EACH, STARTS, day
from tests.faults.hunt import told, traces
from tests.faults.vault import Vault
from tests.served import control

pytestmark = pytest.mark.xdist_group("secrets")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A day's work with three signers on a served chain, done once for all tests of this file."""
    home = tmp_path_factory.mktemp("day") / "home"
    home.mkdir()
    with day(home) as vault:
        yield vault
    assert vault.found() == {}


def test_the_search_finds_a_planted_secret(vault: Vault) -> None:
    """Every form of every secret is found: in an output, in a file, and inside of other bytes."""
    for prey in vault.prey:
        for form, planted in prey.forms().items():
            place = b"\x00noise <" + planted + b"> noise\xff"
            assert traces(place, vault.prey), (prey.name, form)
    planted = vault.home / "planted.log"
    planted.write_text(f"nonce={vault.signers[0].line[:24]}...")
    assert vault.found() == {"planted.log": ["key: hex"]}
    planted.unlink()


def test_a_days_work_leaves_no_trace(vault: Vault) -> None:
    """Database, journal, chain, logs, outputs, and what the kernel tells of the processes: nothing of a secret."""
    written = [*vault.files(), *vault.places]
    for name in ("test.sqlite3", "test.sqlite3-wal beside engine", "test.sqlite3-shm beside engine", "batchdeck.log"):
        assert name in written
    assert any(name.endswith(".devnet") for name in written)
    assert {"cmdline of engine", "environ of engine"} <= set(written) or not Path("/proc/self").exists()
    assert vault.found() == {}


def test_what_was_signed_is_there(vault: Vault) -> None:
    """The search went over real work: the chain mined what all three signed, and the outputs name them."""
    shown = vault.places["output of signers"].decode()
    assert all(signer.address in shown for signer in vault.signers)
    assert {row["sender"] for row in control(vault.url, "transactions")} == {one.address for one in vault.signers}


def test_each_signer_counts_for_itself(vault: Vault) -> None:
    """Three signers in one run: each lane begins at its own account's nonce and leaves no hole."""
    mined = control(vault.url, "transactions")
    for signer, start, more in zip(vault.signers, STARTS, (1, 0, 0), strict=True):
        nonces = [row["nonce"] for row in mined if row["sender"] == signer.address]
        assert nonces == list(range(start, start + EACH + more))
    listed = json.loads(vault.places["output of signers --json"])
    assert {one["address"]: one["nonce"] for one in listed} == {
        signer.address: start + EACH + more
        for signer, start, more in zip(vault.signers, STARTS, (1, 0, 0), strict=True)
    }


def test_a_process_with_keys_dumps_no_core(vault: Vault) -> None:
    """A crash leaves no picture of the memory that held the keys."""
    limits = vault.places.get("limits of engine")
    if limits is None:
        pytest.skip("this system doesn't tell a process's limits")
    assert re.search(rb"Max core file size +0 ", limits)


KEY, PHRASE = 0, 2
BAD_LINES: dict[str, Callable[[Vault], str | bytes]] = {
    "one digit short": lambda vault: vault.lines[KEY][:-1],
    "a wrong end": lambda vault: f"{vault.lines[KEY]}02",
    "0x before it": lambda vault: f"0x{vault.lines[KEY]}",
    "two in a line": lambda vault: ",".join(vault.lines[:2]),
    "a stray byte": lambda vault: f"{vault.lines[KEY]}\n{vault.lines[PHRASE]}".encode() + b"\xff",
    "an escape": lambda vault: f"{vault.lines[KEY]}\x1b[2J",
    "a misspelt word": lambda vault: f"{vault.lines[PHRASE]}x",
    "a word too few": lambda vault: vault.lines[PHRASE].rsplit(" ", 1)[0],
    "a capital": lambda vault: vault.lines[PHRASE].capitalize(),
    "a good line and a bad one": lambda vault: "\n".join([*vault.lines, vault.lines[KEY][1:]]),
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_refused_unseen(vault: Vault, line: Callable[[Vault], str | bytes]) -> None:
    """Whatever is wrong with a line, the refusal with all its frames' locals, and behind it, shows nothing of it."""
    with pytest.raises(BadSettings) as refused:
        read_keys(vault.file("bad", line(vault)), "testnet")
    assert traces(told(refused.value), vault.prey) == []


MISTAKES: dict[str, Callable[[Vault], dict[str, str]]] = {
    "a bad line": lambda vault: {"SIGNER_KEYS_FILE": str(vault.file("bad", f"{vault.lines[PHRASE]} zoo"))},
    "an open file": lambda vault: {"SIGNER_KEYS_FILE": str(vault.file("open", vault.lines[KEY], 0o644))},
    "the key for its file": lambda vault: {"SIGNER_KEYS_FILE": vault.lines[KEY]},
    "the phrase for its file": lambda vault: {"SIGNER_KEYS_FILE": vault.lines[PHRASE]},
    "the key for the contract": lambda vault: {"CONTRACT": vault.lines[KEY]},
    "the key for the address": lambda vault: {"CHAIN_URL": f"http://localhost/{vault.lines[KEY]}?x"},
    "a bad api key": lambda vault: {"NODE_API_KEY_FILE": str(vault.file("two", f"{vault.api_key}\n{vault.token}"))},
    "an open api key": lambda vault: {"NODE_API_KEY_FILE": str(vault.file("wide", vault.api_key, 0o640))},
    "no node": lambda vault: {"CHAIN_URL": "http://127.0.0.1:9"},
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_without_the_secret(vault: Vault, mistake: Callable[[Vault], dict[str, str]]) -> None:
    """A command with a wrong setting ends with a sentence, and neither it nor the log quotes a secret."""
    given = {f"BATCHDECK_{name}": value for name, value in mistake(vault).items()}
    vault.run("mistake", "signers", code=None, **given)
    said = vault.places.pop("output of mistake")
    assert said
    assert b"Internal error" not in said
    assert traces(said + vault.files()["batchdeck.log"], vault.prey) == []


def test_a_key_and_its_ring_keep_to_themselves(vault: Vault) -> None:
    """However a key or what holds it is printed, looked into, copied or packed: an address, or a refusal."""
    ring = read_keys(Path(vault.deck.variables["BATCHDECK_SIGNER_KEYS_FILE"]), "testnet")
    keys = [signer.key for signer in vault.signers]
    for holder in (*keys, ring, OwnSigners(ring), {"keys": keys}):
        shown = [repr(holder), str(holder), f"{holder}", pretty_repr(holder), structlog_line(holder)]
        shown += [refused(look, holder) for look in (vars, json.dumps, dataclasses.asdict, copy.copy, copy.deepcopy)]
        shown += [refused(lambda one, way=way: pickle.dumps(one, way), holder) for way in range(6)]
        assert traces("\n".join(shown), vault.prey) == []
    assert all(signer.address in repr(ring) for signer in vault.signers)
    for key in keys:
        for taking in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="never leaves memory"):
                taking(key)


def refused(look: Callable[[object], object], holder: object) -> str:
    """What a look at it brings out, be it an answer or an error."""
    try:
        return repr(look(holder))
    except (TypeError, AttributeError, ValueError) as error:
        return repr(error)


def structlog_line(holder: object) -> str:
    return str(structlog.processors.KeyValueRenderer()(None, "info", {"event": "x", "holder": holder}))


@pytest.fixture
def settings(vault: Vault) -> Settings:
    """The same settings for an engine in this process, on the database of the day."""
    named = {name.removeprefix("BATCHDECK_").lower(): value for name, value in vault.deck.variables.items()}
    return Settings(**named, database_url=vault.deck.environment["BATCHDECK_DATABASE_URL"])


async def test_a_bug_while_signing_shows_no_key(
    vault: Vault, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that set up no log gets tracebacks with all locals printed: the key among them is an address."""

    def bug(key: object, **given: object) -> None:
        raise ZeroDivisionError("a bug in the middle of signing")

    structlog.reset_defaults()
    monkeypatch.setattr("engine.line.signing.sign_contract_call", bug)
    async with open_engine(settings) as engine:
        await engine.submit(Draft("update-price", vault.signers[PHRASE].address, ["s2-0"], {"newPrice": 9}))
        shown = ""
        for _ in range(3000):
            shown += capsys.readouterr().out
            if "a bug in the middle of signing" in shown and "PrivateKey of" in shown:
                break
            await asyncio.sleep(0.02)
    assert "key = <PrivateKey of" in shown
    assert traces(shown, vault.prey) == []


async def test_every_screen_can_be_photographed(vault: Vault, settings: Settings) -> None:
    """Pictures of the console over three real signers, as SVG and as text, name addresses and nothing else of them."""
    pictures: list[str] = []
    async with open_engine(settings) as engine:
        batch = (await engine.batches(BatchQuery())).rows[-1]
        app = deck_over(engine, Banner("testnet", settings.chain_url, "test.sqlite3"))
        async with run(app, size=(140, 50)) as pilot:
            await until(pilot, lambda: app.latest.health)
            await until(pilot, lambda: app.screen.query_one(RowTable).rows)
            await photograph(pilot, pictures)
            await open_batch(pilot, batch.id)
            await photograph(pilot, pictures)
            app.push_screen(ItemScreen(batch.id, f"s{KEY}-0"))
            await seen(pilot, "What happened")
            await photograph(pilot, pictures)
            for key, name in (("o", "catalogue"), ("c", "compose")):
                await pilot.press("escape", "escape", "escape")
                await open_screen(pilot, key, name)
                await photograph(pilot, pictures)
            await fill(pilot, "newPrice", "1.5stx")
            await pilot.press("f4", "ctrl+r")
            await seen(pilot, "Fee")
            await photograph(pilot, pictures)
            await pilot.press("question_mark")
            await seen(pilot, "Keys")
            await photograph(pilot, pictures)
    shown = "\n".join(pictures)
    assert vault.signers[KEY].address in shown
    assert len(set(pictures)) == 2 * 7
    assert traces(shown, vault.prey) == []


async def photograph(pilot: Pilot[None], pictures: list[str]) -> None:
    await pilot.pause()
    pictures += [pilot.app.export_screenshot(), picture(pilot.app)]  # type: ignore[arg-type]


async def test_an_engine_that_does_not_open_is_photographed(vault: Vault, settings: Settings) -> None:
    """The screen that tells of a bad line in the keys' file shows the line's number."""
    bad = vault.file("bad", f"{vault.lines[KEY]}\n{vault.lines[PHRASE]} zoo\n")
    wrong = settings.model_copy(update={"signer_keys_file": bad})
    pictures: list[str] = []
    async with AsyncExitStack() as stack:
        app = BatchdeckApp(
            Outfit(lambda: stack.enter_async_context(open_engine(wrong)), Banner("testnet", settings.chain_url, "x"))
        )
        async with run(app, size=(140, 50)) as pilot:
            await seen(pilot, "line 2")
            await photograph(pilot, pictures)
            await pilot.press("enter")
    assert traces("\n".join(pictures), vault.prey) == []


async def test_a_crash_of_the_console_prints_no_key(
    vault: Vault, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a crashed console leaves on the terminal has the locals of every frame: keys and rings show addresses."""
    ring = read_keys(Path(str(settings.signer_keys_file)), "testnet")

    def bug(ring: Keyring, key: object, config: Settings) -> None:
        holders = [ring, key, {"signer": OwnSigners(ring), "settings": config}]
        raise ZeroDivisionError(f"a bug among {len(holders)} holders of keys")

    async with open_engine(settings, run=False) as engine:
        app = deck_over(engine, Banner("testnet", settings.chain_url, "x"))
        with pytest.raises(ZeroDivisionError) as crash:
            async with run(app) as pilot:
                await until(pilot, lambda: app.engine)
                app.call_later(bug, ring, vault.signers[KEY].key, settings)
                await until(pilot, lambda: False)
    left = capsys.readouterr().err
    assert "key = <PrivateKey of" in left
    assert traces(left, vault.prey) == []
    assert traces(told(crash.value), vault.prey) == []
