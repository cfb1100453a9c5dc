"""Doctor's judgements: from facts alone, for machines and nodes that this one isn't."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from engine.checkup.facts import (
    Chain,
    Checkup,
    DatabaseFacts,
    Finding,
    KeysFacts,
    LogFacts,
    Machine,
    NodeFacts,
    SecretFacts,
    SignerFacts,
    SimulatedFacts,
    State,
    Terminal,
)
from engine.checkup.judge_chain import judge_chain
from engine.checkup.judge_database import judge_database
from engine.checkup.judge_machine import judge_log, judge_machine, judge_secrets, judge_terminal
from engine.checkup.judge_signers import judge_signers
from engine.checkup.look_machine import look_at_secrets
from engine.core.chain import Account, NodeInfo
from engine.errors import BadSettings
from engine.node.lookup import Way
from engine.serving import Door
from engine.settings import Settings
from engine.store import migrate
from engine.store.condition import Condition, Found
from engine.store.inventory import Inventory

MB = 2**20
CONTRACT = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.pay-per-view"
ADDRESS = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG"
BOTH = {"sha512_256": "OpenSSL", "ripemd160": "pycryptodome"}
MACHINE = Machine((3, 12, 1), (3, 51, 3), BOTH, 50 * MB, 1000 * MB, 0.8)
HOLDS = Inventory(migrate.HEAD, 3, 10, (), {"network": "testnet", "contract": CONTRACT, "chain": "stacks 0x80000000"})
DATABASE = DatabaseFacts(
    Path("/data/a.db"),
    Found(Condition.CURRENT, revision=migrate.HEAD),
    size=2_000_000,
    journal="wal",
    free=10**11,
    seconds=0.2,
    holds=HOLDS,
)
INFO = NodeInfo(0x80000000, 1000, "stacks-node 3.4")
FUNCTIONS = frozenset({"update-content-price", "remove-content", "add-content"})
NODE = NodeFacts("node.example", INFO, way=Way.API_MANY, contract=CONTRACT, functions=FUNCTIONS)
CHAIN = Chain("testnet", 0x80000000, CONTRACT, 240.0, (NODE,))


def parts(findings: list[Finding], *unlike: State) -> dict[str, Finding]:
    """Return the findings that aren't well, by part; each says what to do."""
    found = {finding.part: finding for finding in findings if finding.state is not State.OK}
    assert all(finding.todo for finding in found.values()), found
    return found


def one(findings: list[Finding]) -> Finding:
    (found,) = parts(findings).values()
    return found


def test_what_is_well_is_said_without_a_remedy() -> None:
    """All is well: every part is named, and nothing is to do."""
    findings = [*judge_machine(MACHINE), *judge_database(DATABASE), *judge_chain(CHAIN, DATABASE)]
    assert parts(findings) == {}
    assert all(finding.said and not finding.todo for finding in findings)
    named = {finding.part for finding in findings}
    assert named >= {"python", "sqlite", "hashes", "memory", "database", "integrity", "engine", "disk"}
    assert named >= {"node", "look-up", "contract", "binding"}
    assert Checkup(tuple(findings)).well


@pytest.mark.parametrize(
    ("change", "part", "state", "words"),
    [
        ({"python": (3, 10, 9)}, "python", State.WARNING, "use Python 3.11 to 3.13"),
        ({"python": (3, 14, 0)}, "python", State.WARNING, "use Python 3.11 to 3.13"),
        ({"sqlite": (3, 51, 2)}, "sqlite", State.WARNING, "before 3.51.3"),
        ({"sqlite": (3, 40, 1)}, "sqlite", State.WARNING, "can lose commits"),
        ({"hashes": {"sha512_256": "OpenSSL", "ripemd160": None}}, "hashes", State.UNWELL, "ripemd160 come out wrong"),
        ({"memory_used": 900 * MB}, "memory", State.UNWELL, "BATCHDECK_MEMORY_LIMIT"),
    ],
)
def test_a_machine_is_judged(change: dict[str, object], part: str, state: State, words: str) -> None:
    """Each weakness has its part, its weight and its remedy; 3.51.3 itself and newer are silent."""
    found = one(judge_machine(replace(MACHINE, **change)))  # type: ignore[arg-type]
    assert (found.part, found.state) == (part, state)
    assert words in f"{found.said}; {found.todo}"


def test_hashes_name_who_computes_them() -> None:
    """OpenSSL isn't promised to have them, so it is said who does."""
    (hashes,) = [finding for finding in judge_machine(MACHINE) if finding.part == "hashes"]
    assert hashes.said == "sha512_256 by OpenSSL, ripemd160 by pycryptodome"


@pytest.mark.parametrize(
    ("change", "part", "state", "words"),
    [
        ({"free": 999_999_999}, "disk", State.WARNING, "make room soon"),
        ({"free": 49_999_999}, "disk", State.UNWELL, "stops sending"),
        ({"writable": False}, "database", State.UNWELL, "may not be written"),
        ({"holds": replace(HOLDS, facts={"stopped": "1"})}, "emergency stop", State.WARNING, "batchdeck resume --all"),
        (
            {"holds": replace(HOLDS, facts={"paused lanes": '{"ST1": "Paused by ann: fees"}'})},
            "lane",
            State.WARNING,
            "ST1 is paused, nothing new is signed or posted there: Paused by ann: fees; batchdeck signers --resume ST1",
        ),
        ({"found": Found(Condition.OLDER, revision="0000")}, "database", State.WARNING, "keeps a copy beside it"),
        ({"found": Found(Condition.DAMAGED, "page 5: bad")}, "database", State.UNWELL, "batchdeck restore FILE"),
        ({"found": Found(Condition.NEWER, revision="9999")}, "database", State.UNWELL, "update Batchdeck"),
        ({"found": Found(Condition.EMPTY)}, "database", State.UNWELL, "remove the file to begin anew"),
        ({"found": Found(Condition.LOG_ONLY)}, "database", State.UNWELL, "-wal is there"),
        ({"found": Found(Condition.HALF_RESTORED, "a.db.before")}, "database", State.UNWELL, "restore FILE again"),
        ({"found": Found(Condition.UNREADABLE, "it is locked: close it")}, "database", State.UNWELL, "close it"),
        ({"found": Found(Condition.ABSENT), "folder_there": False}, "database", State.UNWELL, "make it"),
        ({"found": Found(Condition.ABSENT), "writable": False}, "database", State.UNWELL, "may not be written"),
    ],
)
def test_a_database_is_judged(change: dict[str, object], part: str, state: State, words: str) -> None:
    """What an engine would refuse is unwell, with the engine's own words; what is merely to be known is a warning."""
    found = one(judge_database(replace(DATABASE, **change)))  # type: ignore[arg-type]
    assert (found.part, found.state) == (part, state)
    assert words in f"{found.said}; {found.todo}"


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_has_a_judgement(condition: Condition) -> None:
    """None is forgotten, and none is a riddle."""
    found = replace(DATABASE, found=Found(condition, "detail", "0000"), holds=None)
    assert {finding.part for finding in judge_database(found)} >= {"database", "disk"}


def test_a_database_that_is_not_there_will_be_made() -> None:
    """Before the first start that is as it should be, folder included when it is the default one."""
    absent = replace(DATABASE, found=Found(Condition.ABSENT), holds=None)
    for facts in (absent, replace(absent, folder_there=False, default_place=True)):
        assert parts(judge_database(facts)) == {}
        assert any("the first engine will make it" in finding.said for finding in judge_database(facts))


def test_the_owner_is_named() -> None:
    """Also when the database can't be read for all that."""
    for facts in (replace(DATABASE, owner=4711), replace(DATABASE, owner=4711, found=Found(Condition.UNREADABLE))):
        (engine,) = [finding for finding in judge_database(facts) if finding.part == "engine"]
        assert "process id 4711" in engine.said


def other(**change: object) -> NodeFacts:
    return replace(NODE, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("node", "part", "state", "words"),
    [
        (NodeFacts("a.example", info_error="refused"), "node", State.UNWELL, "a.example doesn't answer: refused"),
        (other(info=replace(INFO, network_id=1)), "node", State.UNWELL, "0x00000001, but testnet has 0x80000000"),
        (other(way=Way.PLAIN), "look-up", State.WARNING, "a mined transaction can be unreadable there"),
        (other(way=Way.PLAIN), "look-up", State.WARNING, "set txindex = true"),
        (other(way=None, way_error="no route"), "look-up", State.UNWELL, "no route"),
        (other(functions=None), "contract", State.UNWELL, f"{CONTRACT} isn't on this chain"),
        (other(functions=None, contract_error="500"), "contract", State.UNWELL, "didn't tell of"),
        (other(functions=frozenset({"remove-content"})), "contract", State.UNWELL, "no public function update-content"),
        (other(contract=None, functions=None), "contract", State.UNWELL, "set CONTRACT"),
    ],
)
def test_a_node_is_judged(node: NodeFacts, part: str, state: State, words: str) -> None:
    """An operator reads what an engine would meet there."""
    found = parts(judge_chain(replace(CHAIN, nodes=(node,)), replace(DATABASE, holds=None)))[part]
    assert found.state is state
    assert words in f"{found.said}; {found.todo}"


def test_each_way_to_look_up_is_named() -> None:
    """Only the plain node without an index is a warning."""
    for way in Way:
        findings = judge_chain(replace(CHAIN, nodes=(other(way=way),)), DATABASE)
        assert [finding.part for finding in findings if finding.state is State.WARNING] == (
            ["look-up"] if way is Way.PLAIN else []
        )


def test_a_node_that_lags_is_named() -> None:
    """Of several nodes the one that is far behind is a warning, a few blocks are not."""
    late = other(name="late.example", info=replace(INFO, tip_height=990))
    near = other(name="near.example", info=replace(INFO, tip_height=998))
    found = one(judge_chain(replace(CHAIN, nodes=(NODE, near, late)), DATABASE))
    assert found.said.startswith("late.example")
    assert "10 blocks behind" in found.said


def test_without_a_chain_nothing_is_wrong() -> None:
    """`off` is a choice."""
    findings = judge_chain(replace(CHAIN, nodes=()), DATABASE)
    assert parts(findings) == {}
    assert "items with a call to make end off-chain" in findings[0].said


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"network": "mainnet"}, "the network is now testnet"),
        ({"contract": "ST1.other"}, f"the contract is now {CONTRACT}"),
        ({"chain": "devnet abc"}, "the chain is now stacks 0x80000000"),
    ],
)
def test_a_database_of_another_chain_is_unwell(facts: dict[str, str], words: str) -> None:
    """Doctor says before an engine refuses."""
    bound = replace(DATABASE, holds=replace(HOLDS, facts={**HOLDS.facts, **facts}))
    found = one(judge_chain(CHAIN, bound))
    assert (found.part, found.state) == ("binding", State.UNWELL)
    assert words in found.said


def test_what_no_node_tells_is_not_held_against_the_database() -> None:
    """Away nodes prove no other chain."""
    away = replace(CHAIN, contract=None, nodes=(NodeFacts("a.example", info_error="away"),))
    assert list(parts(judge_chain(away, DATABASE))) == ["node"]


@pytest.mark.parametrize(
    ("simulated", "state", "words"),
    [
        (SimulatedFacts(Path("/d"), problem="/d can't be read"), State.UNWELL, "can't be read"),
        (SimulatedFacts(Path("/d"), "abc", "mainnet", 7), State.UNWELL, "set --network mainnet"),
        (SimulatedFacts(Path("/d"), "abc", "testnet", 7), State.OK, "simulated chain abc, testnet, tip at 7"),
        (SimulatedFacts(Path("/d")), State.OK, "the first engine will make its chain in /d"),
    ],
)
def test_a_simulated_chain_is_judged(simulated: SimulatedFacts, state: State, words: str) -> None:
    """It is called simulated, and its file may be missing, other, or damaged."""
    chain = replace(CHAIN, nodes=(), contract=None, simulated=simulated)
    found = judge_chain(chain, replace(DATABASE, holds=None))[0]
    assert (found.part, found.state) == ("devnet", state)
    assert words in f"{found.said}; {found.todo}"


def test_a_lost_simulated_chain_is_another_one() -> None:
    """A new devnet would be refused by a database that is bound to the one before."""
    bound = replace(DATABASE, holds=replace(HOLDS, facts={"network": "testnet", "chain": "devnet abc"}))
    chain = replace(CHAIN, nodes=(), contract=None, simulated=SimulatedFacts(Path("/d")))
    assert "not made yet" in one(judge_chain(chain, bound)).said


def test_signers_are_judged_by_what_they_can_pay() -> None:
    """Balance, nonce and how many calls that is; too little for one is a warning."""
    rich, poor = SignerFacts(ADDRESS, Account(7, 1_000_000)), SignerFacts(ADDRESS, Account(0, 1999))
    findings = judge_signers(KeysFacts(Path("/k"), 0o600, signers=(rich, poor)), chain=True, fee=2000)
    assert findings[0].said == "/k, mode 0600, 2 keys"
    assert findings[1].said == f"{ADDRESS}: 1 STX, nonce 7, enough for about 500 calls"
    assert one(findings).todo == f"send STX to {ADDRESS}"


@pytest.mark.parametrize(
    ("keys", "part", "state", "words"),
    [
        (KeysFacts(), "signer keys", State.WARNING, "--signer-keys-file"),
        (KeysFacts(Path("/k"), 0o644, "/k has mode 0644: type chmod 600 /k"), "signer keys", State.UNWELL, "chmod 600"),
        (KeysFacts(Path("/k"), 0o600, notes=("a key of 32 bytes; append 01",)), "key", State.WARNING, "append 01"),
        (KeysFacts(Path("/k"), 0o600, unsigned=("ST1", "ST2")), "creators", State.WARNING, "2 creators"),
    ],
)
def test_keys_are_judged(keys: KeysFacts, part: str, state: State, words: str) -> None:
    """What keeps an item from being signed is said before it is submitted."""
    found = one(judge_signers(keys, chain=True, fee=2000))
    assert (found.part, found.state) == (part, state)
    assert words in f"{found.said}; {found.todo}"


def test_without_a_chain_nobody_needs_to_sign() -> None:
    """No chain, no warning for want of keys."""
    assert judge_signers(KeysFacts(unsigned=("ST1",)), chain=False, fee=2000) == []


@pytest.mark.parametrize(
    ("terminal", "state"),
    [
        (Terminal(True, "xterm-256color", 120, 40, "utf-8", True), State.OK),
        (Terminal(True, "xterm", 79, 24, "utf-8", True), State.WARNING),
        (Terminal(True, "xterm", 200, 23, "ascii", False), State.WARNING),
        (Terminal(True, "dumb", 120, 40, "utf-8", True), State.WARNING),
        (Terminal(False, "", 80, 24, "utf-8", True), State.OK),
    ],
)
def test_a_terminal_is_never_a_reason_to_fail(terminal: Terminal, state: State) -> None:
    """Scripts have none."""
    assert judge_terminal(terminal).state is state


def test_files_beside_are_judged() -> None:
    """A log that can't be written is a warning, a secret that others may read is unwell."""
    assert judge_log(LogFacts(Path("/l"), None)).state is State.OK
    assert judge_log(LogFacts(Path("/l"), "permission denied")).todo == "name another with --log-file"
    (found,) = judge_secrets((SecretFacts("node_api_key_file", Path("/s"), "/s has mode 0644: type chmod 600 /s"),))
    assert (found.part, found.state, found.todo) == ("node api key file", State.UNWELL, "type chmod 600 /s")


REST = "of printable ASCII without spaces and colons"


@pytest.mark.parametrize(
    ("text", "mode", "state", "todo"),
    [
        ("shop:abc", 0o600, State.OK, ""),
        ("shop:abc", 0o400, State.OK, ""),
        ("shop:abc", 0o644, State.WARNING, "type chmod 600 {path}"),
        (
            "shop",
            0o600,
            State.UNWELL,
            "behind the name must stand a token of printable ASCII without spaces and colons",
        ),
        ("", 0o600, State.UNWELL, "write NAME:TOKEN or NAME:TOKEN:read, one a line"),
    ],
)
def test_tokens_are_judged_as_the_engine_takes_them(
    tmp_path: Path, text: str, mode: int, state: State, todo: str
) -> None:
    """What an engine would refuse is unwell; what it would use with a warning is a warning, in the same words."""
    path = tmp_path / "tokens"
    path.write_text(f"{text}\n")
    path.chmod(mode)
    settings = Settings(api_tokens_file=path, port=0)
    (found,) = judge_secrets(look_at_secrets(settings))
    assert (found.part, found.state, found.todo) == (
        "api tokens file",
        state,
        todo.format(path=path, rest="of printable ASCII without spaces and colons"),
    )
    with structlog.testing.capture_logs() as logged, contextlib.ExitStack() as stack:
        if state is State.UNWELL:
            stack.enter_context(pytest.raises(BadSettings))
        Door(settings).shut()
    warned = [line["event"] for line in logged if line["log_level"] == "warning"]
    assert warned == ([f"{found.said}: {found.todo}"] if state is State.WARNING else [])
