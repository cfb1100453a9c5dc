"""Bytes that @stacks/transactions made: each is taken, or refused for the reason that its content deserves."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.stacks import parse_address
from tests.devnet.support import Node, inside
from tests.stacks.support import VECTORS

REFUSED = {
    "fee 0 (a node refuses it)": "FeeTooLow",
    "fee u64 max": "NotEnoughFunds",
    "1-char contract and function names": "NoSuchContract",
    "multisig-versioned contract address (SN)": "NoSuchContract",
    "128-char function name": "NoSuchPublicFunction",
    "empty containers": "NoSuchPublicFunction",
    "contract principal args": "NoSuchPublicFunction",
    "list of 100 tuples": "FeeTooLow",
}
TESTNET = [*VECTORS["transactions"], VECTORS["transfers"][0]]


def sender(vector: dict) -> str:
    return str(vector.get("sender") or VECTORS["transactions"][0]["sender"])


async def fund(node: Node, vector: dict) -> None:
    await node.control("fund", address=sender(vector), balance=10**12, nonce=int(vector["inputs"]["nonce"]))


@pytest.mark.parametrize("vector", TESTNET, ids=lambda vector: vector["name"])
async def test_foreign_made_bytes_are_judged_rightly(node: Node, vector: dict) -> None:
    """With an account to suit, only content is a cause for refusal, and the txid is the vector's."""
    await fund(node, vector)
    answer = await node.post(bytes.fromhex(vector["signed_hex"]))
    told = answer.json()
    if vector["name"] in REFUSED:
        assert (told["reason"], told["txid"]) == (REFUSED[vector["name"]], vector["txid"])
    else:
        assert (answer.status_code, told) == (200, vector["txid"])
        assert await node.mine() == 1


async def test_the_mainnet_transfer_is_taken_on_mainnet(tmp_path: Path) -> None:
    """The devnet's network is a choice; money moves to the recipient."""
    vector = VECTORS["transfers"][1]
    key = next(v for v in VECTORS["transactions"] if v["name"] == "other signer")
    payer = str(type(parse_address(key["sender"]))(22, parse_address(key["sender"]).hash160))
    async with inside(tmp_path / "main.devnet", network="mainnet") as node:
        await node.control("fund", address=payer, balance=10**9)
        answer = await node.post(bytes.fromhex(vector["signed_hex"]))
        assert (answer.status_code, answer.json()) == (200, vector["txid"])
        await node.mine()
        assert await node.balance(vector["inputs"]["recipient"]) == int(vector["inputs"]["amount"])


async def test_a_nonce_far_ahead_is_too_much_chaining(node: Node) -> None:
    """2^32 on a fresh account is outside the window, and no number is too large to be answered."""
    vector = next(v for v in VECTORS["transactions"] if v["name"] == "nonce 2^32")
    await node.control("fund", address=sender(vector), balance=10**12)
    assert await node.reason(bytes.fromhex(vector["signed_hex"])) == "TooMuchChaining"
