"""What we sign, the chain's own library reads and verifies; what we model, the real Clarity VM does the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.core.lane import Assignment
from engine.core.model import Draft, Operation, Value
from engine.core.operations.price import MAX_PRICE
from engine.devnet.options import contract_of
from engine.line.signing import Mint
from engine.stacks import CHAIN_IDS, PrivateKey, sign_contract_call, sign_transfer
from engine.stacks.clarity import UInt, serialize
from tests.clarity.both import OWNER, Both, both
from tests.clarity.vm import Vm, call, signed, started
from tests.core.nouns import NOW, item
from tests.devnet.support import ALICE, BOB, EVE, TESTNET_CONTRACT, at, inside, reprice
from tests.engine.rig import CREATOR, NOBODY, contents, derive, price, rig

pytestmark = pytest.mark.xdist_group("clarity")

SECRET = "edf9aee84d9b7abc145504dde6726c64f369d37ee34ded868fabd876c26570bc"
KEYS = {"wallet": PrivateKey.from_hex(f"{SECRET}01"), "short": PrivateKey.from_hex(SECRET), "phrase": OWNER}
OURS, BOBS, GONE, NEVER, LARGEST = 1001, 1002, 1003, 1004, 2**128 - 1
PRICE, REMOVE = Operation.UPDATE_PRICE, Operation.REMOVE_CONTENT
FUNCTIONS = {PRICE: "update-content-price", REMOVE: "remove-content"}
DENY, ANY = 2, 3
FEE = 2000


@pytest.fixture(scope="module")
def vm() -> Iterator[Vm]:
    with started() as vm:
        yield vm


@pytest.mark.parametrize("network", ["testnet", "mainnet"])
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_the_chains_own_library_reads_what_we_sign(vm: Vm, network: str, key: PrivateKey) -> None:
    """Every field comes out as it went in, the signer comes out of the signature, and the txid is the one we named."""
    contract = contract_of(network)
    given = {"network": network, "fee": 2**53 + 1, "nonce": 2**63 - 1}
    calls = {"update-content-price": [UInt(LARGEST), UInt(MAX_PRICE)], "remove-content": [UInt(0)]}
    made = [
        sign_contract_call(key, contract=contract, function=name, args=args, **given) for name, args in calls.items()
    ]
    made.append(sign_transfer(key, recipient=contract, amount=1, memo="no-op", **given))
    told = vm.ask([signed(one.raw, run=False) for one in made], network=network)["steps"]
    assert [(one["bytes"], one["txid"]) for one in told] == [(one.raw.hex(), one.txid) for one in made]
    assert {(one["signer"], one["refused"]) for one in told} == {(key.address(network), None)}
    assert {(one["nonce"], one["fee"]) for one in told} == {(str(given["nonce"]), str(given["fee"]))}
    assert {(one["chain"], one["version"]) for one in told} == {(CHAIN_IDS[network], made[0].raw[0])}
    assert {(one["mode"], one["anchor"], one["conditions"]) for one in told} == {(DENY, ANY, 0)}
    assert [(one["contract"], one["function"]) for one in told[:2]] == [(contract, name) for name in calls]
    assert [one["args"] for one in told[:2]] == [
        [f"0x{serialize(arg).hex()}" for arg in args] for args in calls.values()
    ]


@pytest.mark.parametrize(
    ("at_byte", "what"),
    [(7, "the signer"), (34, "the nonce"), (42, "the fee"), (50, "the signature"), (-1, "the price")],
)
def test_one_bit_makes_it_worthless(vm: Vm, at_byte: int, what: str) -> None:
    """Another signer, nonce, fee or price under the same signature doesn't verify, and isn't run."""
    raw = bytearray(reprice(ALICE, OURS, 5000).raw)
    raw[at_byte] ^= 1
    told = vm.ask([call(at(ALICE), "add-content", UInt(OURS), UInt(100)), signed(bytes(raw))], look=[OURS])
    assert told["steps"][1]["refused"], what
    assert "result" not in told["steps"][1]
    assert told["contents"][str(OURS)].endswith(f"{100:032x}")


@dataclass(frozen=True)
class Scene:
    """Somebody's call, on four contents: OURS is Alice's, BOBS is Bob's, GONE was removed, NEVER was never there."""

    by: PrivateKey
    operation: Operation
    content: int
    result: str
    paused: bool = False
    price: int = 5000

    @property
    def value(self) -> Value:
        return {"price": self.price} if self.operation is PRICE else {"reason": "rights"}


SCENES = {
    "the creator sets a price": Scene(ALICE, PRICE, OURS, "(ok true)"),
    "the highest price": Scene(ALICE, PRICE, OURS, "(ok true)", price=MAX_PRICE),
    "the lowest price": Scene(ALICE, PRICE, OURS, "(ok true)", price=1),
    "the largest id": Scene(ALICE, PRICE, LARGEST, "(ok true)"),
    "the creator removes": Scene(ALICE, REMOVE, OURS, "(ok true)"),
    "the contract's owner removes": Scene(OWNER, REMOVE, BOBS, "(ok true)"),
    "the contract's owner sets no price": Scene(OWNER, PRICE, BOBS, "(err u401)"),
    "another creator sets a price": Scene(BOB, PRICE, OURS, "(err u401)"),
    "another creator removes": Scene(BOB, REMOVE, OURS, "(err u401)"),
    "a stranger sets a price": Scene(EVE, PRICE, OURS, "(err u401)"),
    "an unknown content's price": Scene(ALICE, PRICE, NEVER, "(err u404)"),
    "an unknown content's removal": Scene(ALICE, REMOVE, NEVER, "(err u404)"),
    "a removed content's price": Scene(ALICE, PRICE, GONE, "(err u404)"),
    "a removal once more": Scene(ALICE, REMOVE, GONE, "(err u404)"),
    "a price while paused": Scene(ALICE, PRICE, OURS, "(err u507)", paused=True),
    "a removal while paused": Scene(ALICE, REMOVE, OURS, "(err u507)", paused=True),
    "a stranger while paused": Scene(EVE, PRICE, OURS, "(err u507)", paused=True),
    "an unknown content while paused": Scene(ALICE, PRICE, NEVER, "(err u507)", paused=True),
}


def by_hand(scene: Scene, nonce: int) -> bytes:
    """The call as a program would sign it that uses `engine.stacks` alone."""
    args = [UInt(scene.content), *([UInt(scene.price)] if scene.operation is PRICE else [])]
    made = sign_contract_call(
        scene.by,
        network="testnet",
        contract=TESTNET_CONTRACT,
        function=FUNCTIONS[scene.operation],
        args=args,
        nonce=nonce,
        fee=FEE,
    )
    return made.raw


def by_operation(scene: Scene, nonce: int) -> bytes:
    """The call as the line signs it for an item of a batch."""
    of = item(operation=scene.operation, value=scene.value, on_chain_id=scene.content)
    return Mint("testnet", TESTNET_CONTRACT, NOBODY).sign(scene.by, Assignment(nonce, of), FEE, NOW).raw


async def furnished(story: Both, scene: Scene) -> None:
    for content, creator in ((OURS, ALICE), (BOBS, BOB), (GONE, ALICE), (LARGEST, ALICE)):
        await story.add(content, creator)
    await story.send(by_hand(Scene(ALICE, REMOVE, GONE, "(ok true)"), 0))
    if scene.paused:
        await story.pause()


@pytest.mark.parametrize("make", [by_hand, by_operation])
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
async def test_both_chains_agree(vm: Vm, tmp_path: Path, scene: Scene, make: Callable[[Scene, int], bytes]) -> None:
    """The same bytes come to the same result on both, leave the same contents, and the preflight foresaw it."""
    async with both(vm, tmp_path) as story:
        await furnished(story, scene)
        raw = make(scene, await story.node.nonce(scene.by))
        assert await story.send(raw) == scene.result
        _, told = await story.compare()
        assert (told["bytes"], told["signer"], told["refused"]) == (raw.hex(), at(scene.by), None)
        assert (told["contract"], told["function"]) == (TESTNET_CONTRACT, FUNCTIONS[scene.operation])
        foreseen = story.foreseen[-1]
        code = scene.result.removeprefix("(err ").removesuffix(")")
        assert foreseen is None if scene.result == "(ok true)" else foreseen and f"({code})" in foreseen


def test_by_hand_and_by_operation_are_the_same_bytes() -> None:
    """An operation adds nothing to its call and leaves nothing out."""
    assert {by_hand(scene, 7) == by_operation(scene, 7) for scene in SCENES.values()} == {True}


async def test_a_long_story_of_four_signers(vm: Vm, tmp_path: Path) -> None:
    """Eighty calls by chance, with pauses between: step by step both chains answer the same."""
    chance = random.Random(20261123)
    async with both(vm, tmp_path) as story:
        for content in range(1001, 1013):
            await story.add(content, chance.choice([ALICE, BOB]))
        for turn in range(80):
            if turn % 20 in (15, 18):
                await story.pause(turn % 20 == 15)
            by = chance.choice([ALICE, ALICE, BOB, BOB, EVE, OWNER])
            operation = chance.choice([PRICE, PRICE, PRICE, REMOVE])
            scene = Scene(by, operation, chance.randrange(1001, 1014), "", price=chance.randrange(1, MAX_PRICE))
            await story.send(by_operation(scene, await story.node.nonce(by)))
        told = await story.compare()
        assert {step["result"] for step in told} == {"(ok true)", "(err u401)", "(err u404)", "(err u507)"}
        foreseen = [why is None for why in story.foreseen]
        assert foreseen == [step["result"] == "(ok true)" for step in told]


async def test_a_whole_batch_runs_in_the_real_vm(vm: Vm, tmp_path: Path) -> None:
    """What an engine posted for its batches, in the order of the posts, brings the contract where the catalogue is."""
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(5)) as engine:
        await engine.contact()
        signer = derive("test-devnet", CREATOR).address("testnet")
        await engine.settled(await engine.engine.submit(price("c1", "c2", "c3", "c4", to=777)))
        await engine.settled(await engine.engine.submit(Draft("remove-content", CREATOR, ["c2", "c5"], {})))
        posted = [engine.chain.raws[txid] for txid in engine.chain.posts]
        contract = (await engine.chain.info()).contract
    assert contract
    registered = [call(signer, "add-content", UInt(one), UInt(1_000_000)) for one in range(1, 6)]
    told = vm.ask([*registered, *map(signed, posted)], look=range(1, 6), contract=contract)
    assert [step["result"] for step in told["steps"]] == ["(ok true)"] * 11
    assert {step["signer"] for step in told["steps"][5:]} == {signer}
    prices = {one: told["contents"][str(one)][-32:] for one in (1, 3, 4)}
    assert prices == dict.fromkeys((1, 3, 4), f"{777:032x}")
    assert (told["contents"]["2"], told["contents"]["5"]) == ("0x09", "0x09")


async def test_the_devnet_names_the_contract_as_the_vm_does(vm: Vm, tmp_path: Path) -> None:
    """Functions, arguments, results and the map: what our node says of them is what the VM's analysis found."""
    address, name = TESTNET_CONTRACT.split(".")
    async with inside(tmp_path / "chain.devnet") as node:
        ours = await node.get(f"/v2/contracts/interface/{address}/{name}")
    theirs = vm.ask([])
    assert [one for one in ours["functions"] if one not in theirs["functions"]] == []
    assert ours["maps"] == theirs["maps"]


def test_the_vms_contract_keeps_its_other_rules(vm: Vm) -> None:
    """What is known isn't registered twice (u409), nothing is while paused, and the owner alone pauses."""
    add = call(at(EVE), "add-content", UInt(NEVER), UInt(1))
    pause = {"call": "set-paused", "args": ["03"]}
    steps = [add, add, pause | {"sender": at(EVE)}, pause | {"sender": at(OWNER)}, add]
    told = vm.ask(steps, look=[NEVER])
    assert [step["result"] for step in told["steps"]] == [
        "(ok true)", "(err u409)", "(err u401)", "(ok true)", "(err u507)"
    ]  # fmt: skip
    assert told["paused"] == "true"
