"""Every reason for which the mempool says no to a call or a transfer, in the node's own JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.devnet.faults import CHOICES
from engine.stacks import PrivateKey, address, parse_address, sign_contract_call
from engine.stacks.clarity import Bool, UInt
from engine.stacks.hashes import sha512_256
from engine.stacks.keys import CURVE_ORDER
from engine.stacks.payload import Transfer, encode_memo
from engine.stacks.signing import SignedTransaction, signature_hash
from engine.stacks.transaction import unsigned_bytes
from tests.devnet.support import ALICE, AMPLE, BOB, EVE, OCTETS, TESTNET_CONTRACT, Clock, Node, at, inside, pay, reprice


def resigned(raw: bytes, key: PrivateKey = ALICE) -> SignedTransaction:
    """Sign bytes that our own signer would refuse to make."""
    blank = raw[:44] + bytes(65) + raw[109:]
    whole = raw[:44] + key.sign(signature_hash(blank)) + raw[109:]
    return SignedTransaction(whole, sha512_256(whole).hex())


def odd_transfer(recipient: str, amount: int) -> SignedTransaction:
    raw = unsigned_bytes(
        Transfer(recipient, amount, encode_memo("")),
        network="testnet",
        signer=ALICE.hash160,
        compressed=True,
        nonce=0,
        fee=1000,
        post_condition_mode="deny",
        anchor_mode="any",
        post_conditions=(),
    )
    return resigned(raw)


async def test_a_used_nonce_is_bad_and_the_node_says_which_it_expects(node: Node) -> None:
    """BadNonce comes only for a nonce below the account's."""
    await node.take(reprice(nonce=0))
    await node.mine()
    late = reprice(nonce=0, price=7)
    told = await node.refused(late)
    assert told == {
        "error": "transaction rejected",
        "reason": "BadNonce",
        "reason_data": {"expected": 1, "actual": 0, "principal": at(ALICE), "is_origin": True},
        "txid": late.txid,
    }


async def test_the_window_is_twenty_seven_wide(node: Node) -> None:
    """Nonces up to 26 past the confirmed one are admitted, gaps or not; the next is too much chaining."""
    await node.take(reprice(nonce=26))
    told = await node.refused(reprice(nonce=27))
    assert told["reason"] == "TooMuchChaining"
    data = told["reason_data"]
    assert (data["expected"], data["actual"], data["principal"], data["is_origin"]) == (26, 27, at(ALICE), True)


async def test_a_slot_is_replaced_only_by_a_higher_fee(node: Node) -> None:
    """One µSTX more is enough, the same fee is a conflict, and the outdone one is told as replaced."""
    first, same, more = reprice(fee=1000), reprice(fee=1000, price=7), reprice(fee=1001, price=8)
    await node.take(first)
    told = await node.refused(same)
    assert told["reason"] == "ConflictingNonceInMempool"
    assert "reason_data" not in told
    await node.take(more)
    gone = await node.get(f"/extended/v3/transactions/0x{first.txid}")
    assert (gone["status"], gone["replaced_by_tx_id"]) == ("dropped_replace_by_fee", f"0x{more.txid}")
    assert gone["sender"] == {"address": at(ALICE), "nonce": 0}
    assert await node.reason(first) == "ConflictingNonceInMempool"
    await node.mine()
    assert [row["txid"] for row in await node.mined()] == [more.txid]


async def test_anything_may_replace_anything(node: Node) -> None:
    """A call is cancelled by a transfer of 1 µSTX with more fee at its nonce."""
    await node.take(reprice(fee=1000), pay(ALICE, at(BOB), fee=1001))
    await node.mine()
    assert await node.price() == 100


@pytest.mark.parametrize(("fee", "reason"), [(0, "FeeTooLow"), (208, "FeeTooLow"), (209, None)])
async def test_the_least_fee_is_the_length(node: Node, fee: int, reason: str | None) -> None:
    """A price update is 209 bytes, so 208 µSTX are too few and 209 enough."""
    answer = await node.post(reprice(fee=fee))
    told = answer.json()
    assert (told["reason"] if answer.status_code == 400 else None) == reason
    if reason:
        assert told["reason_data"] == {"expected": 209, "actual": fee}


async def test_each_transaction_is_tested_alone_against_the_balance(node: Node) -> None:
    """A chain is admitted that can't all pay, but none that can't pay by itself."""
    await node.control("fund", address=at(ALICE), balance=1500)
    await node.take(reprice(nonce=0), reprice(nonce=1))
    told = await node.refused(reprice(nonce=2, fee=1501))
    assert told["reason"] == "NotEnoughFunds"
    assert told["reason_data"] == {"expected": f"0x{1501:032x}", "actual": f"0x{1500:032x}"}
    told = await node.refused(pay(ALICE, at(BOB), 501, nonce=2))
    assert told["reason_data"]["expected"] == f"0x{1501:032x}"


async def test_an_unknown_account_has_no_funds(node: Node) -> None:
    """An account that was never seen is empty, not missing."""
    stranger = PrivateKey.from_hex("11" * 32 + "01")
    assert (await node.refused(reprice(stranger)))["reason_data"]["actual"] == f"0x{0:032x}"


async def test_the_contract_and_its_functions_are_checked_before_anything_is_mined(node: Node) -> None:
    """No such contract, no such public function (a read-only one is none), or arguments that don't fit."""
    stranger = f"{at(BOB)}.pay-per-view"
    for wrong, reason in (
        ({"contract": stranger}, "NoSuchContract"),
        ({"contract": TESTNET_CONTRACT + "-v2"}, "NoSuchContract"),
        ({"function": "set-owner"}, "NoSuchPublicFunction"),
        ({"function": "get-content-price", "args": [UInt(1)]}, "NoSuchPublicFunction"),
    ):
        told = await node.refused(reprice(**wrong))
        assert (told["reason"], "reason_data" in told) == (reason, False)
    for args in ([UInt(1)], [UInt(1), Bool(True)], [UInt(1), UInt(2), UInt(3)]):
        told = await node.refused(reprice(args=args))
        assert told["reason"] == "BadFunctionArgument"
        assert told["reason_data"]["message"]


async def test_a_transfer_to_oneself_or_of_nothing_is_refused(node: Node) -> None:
    """These two are said before anything else about a transfer."""
    told = await node.refused(odd_transfer(at(ALICE), 1))
    assert told["reason"] == "TransferRecipientCannotEqualSender"
    assert told["reason_data"] == {"recipient": at(ALICE)}
    told = await node.refused(odd_transfer(at(BOB), 0))
    assert (told["reason"], "reason_data" in told) == ("TransferAmountMustBePositive", False)


async def test_networks_are_not_mixed_up(node: Node) -> None:
    """A version of the other network, an address of it, its chain id: three different refusals."""
    main = address(parse_address(TESTNET_CONTRACT.partition(".")[0]).hash160, "mainnet")
    args = [UInt(1), UInt(2)]
    call = {"function": "update-content-price", "args": args, "nonce": 0, "fee": 1000}
    other = sign_contract_call(ALICE, network="mainnet", contract=f"{main}.pay-per-view", **call)
    assert await node.reason(other) == "BadTransactionVersion"
    assert await node.reason(odd_transfer(main, 5)) == "BadAddressVersionByte"
    chain = reprice().raw[:1] + (1).to_bytes(4) + reprice().raw[5:]
    told = await node.refused(resigned(chain))
    assert told["reason"] == "SignatureValidation"
    assert "chain ID" in told["reason_data"]["message"]


async def test_a_contract_address_of_the_other_network_is_refused(node: Node) -> None:
    """The version byte of the contract's address must fit too."""
    raw = bytearray(reprice().raw)
    raw[raw.index(b"\x02\x1a", 115) + 1] = 22
    assert await node.reason(resigned(bytes(raw))) == "BadAddressVersionByte"


async def test_mainnet_has_its_own_contract(tmp_path: Path) -> None:
    """The same deployer under SP; testnet bytes are refused there."""
    async with inside(tmp_path / "main.devnet", network="mainnet") as node:
        assert node.devnet is not None
        assert node.devnet.contract.startswith("SP")
        await node.control("register", accounts=[ALICE.address("mainnet")])
        signed = sign_contract_call(
            ALICE,
            network="mainnet",
            contract=node.devnet.contract,
            function="remove-content",
            args=[UInt(1)],
            nonce=0,
            fee=1000,
        )
        await node.take(signed)
        assert (await node.get("/v2/info"))["network_id"] == 1
        assert await node.reason(reprice()) == "BadTransactionVersion"


async def test_a_signature_must_be_the_signers_own(node: Node) -> None:
    """Changed bytes, another's signature and a high s: each is no signature of this signer."""
    signed = reprice()
    tampered = signed.raw[:-1] + bytes([signed.raw[-1] ^ 1])
    assert await node.reason(tampered) == "SignatureValidation"
    assert await node.reason(resigned(signed.raw, EVE)) == "SignatureValidation"
    v, r, s = signed.raw[44], signed.raw[45:77], int.from_bytes(signed.raw[77:109])
    high = signed.raw[:44] + bytes([v ^ 1]) + r + (CURVE_ORDER - s).to_bytes(32) + signed.raw[109:]
    told = await node.refused(high)
    assert told["reason"] == "SignatureValidation"
    assert "high-S" in told["reason_data"]["message"]
    assert await node.reason(signed.raw[:44] + bytes(65) + signed.raw[109:]) == "SignatureValidation"


async def test_a_known_txid_is_answered_with_200_and_stored_once(node: Node) -> None:
    """Identical bytes are idempotent: pending, mined, and for 42 hours after."""
    signed = reprice()
    await node.take(signed, signed)
    await node.mine()
    await node.take(signed)
    assert await node.nonce() == 1
    assert len(await node.mined()) == 1


async def test_a_mined_row_is_forgotten_at_last(node: Node, wall: Clock) -> None:
    """42 h 40 min after it was taken the node has no row any more: then it is a BadNonce."""
    signed = reprice()
    await node.take(signed)
    await node.mine()
    wall.now += 256 * 600 + 1
    assert await node.reason(signed) == "BadNonce"


async def test_bytes_after_the_transaction_are_ignored(node: Node) -> None:
    """The txid is that of the node's own re-serialisation."""
    signed = reprice()
    answer = await node.post(signed.raw + b"more")
    assert (answer.status_code, answer.json()) == (200, signed.txid)


async def test_json_is_taken_too(node: Node) -> None:
    """The other form of the body: hex in JSON, without 0x."""
    signed = reprice()
    answer = await node.http.post("/v2/transactions", json={"tx": signed.raw.hex()})
    assert (answer.status_code, answer.json()) == (200, signed.txid)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/octet-stream", b""),
        ("application/octet-stream", b"\x80nonsense"),
        ("application/octet-stream", reprice().raw[:-3]),
        ("text/plain", reprice().raw),
        ("", reprice().raw),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'{"tx": 5}'),
        ("application/json", b'{"tx": "0xzz"}'),
        ("application/json", b"\xff"),
    ],
)
async def test_what_is_no_transaction_is_refused_in_plain_text(node: Node, kind: str, body: bytes) -> None:
    """Errors that are not about the transaction are text/plain: nobody may parse them as JSON."""
    answer = await node.http.post("/v2/transactions", content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith("Failed to decode: ")


async def test_unknown_routes_and_methods_are_plain_text(node: Node) -> None:
    """404, and 405 with Allow."""
    missing = await node.http.get("/v2/nothing")
    assert (missing.status_code, missing.headers["content-type"].partition(";")[0]) == (404, "text/plain")
    wrong = await node.http.get("/v2/transactions", headers=OCTETS)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


async def test_trouble_of_the_nodes_own_can_be_switched_on(node: Node) -> None:
    """EstimatorError and each ServerFailure: the same bytes are taken afterwards."""
    signed = reprice()
    await node.switch("estimator", count=1)
    assert await node.reason(signed) == "EstimatorError"
    for failure in CHOICES["server-failure"]:
        await node.switch("server-failure", failure, count=1)
        assert await node.reason(signed) == f"ServerFailure{failure}"
    await node.take(signed)


@pytest.mark.parametrize("reason", ["Serialization", "Deserialization", "ContractAlreadyExists", "SomethingNew"])
async def test_reasons_that_calls_hardly_cause_can_be_had_too(node: Node, reason: str) -> None:
    """A client must stand every reason, also one that it has never heard of."""
    await node.switch("refuse", reason, count=1)
    told = await node.refused(reprice())
    assert (told["reason"], bool(told["reason_data"]["message"])) == (reason, True)


async def test_the_blacklist_is_about_bytes(node: Node, wall: Clock) -> None:
    """The same bytes stay refused for the given time, new ones (+1 fee) are welcome at once."""
    signed = reprice()
    await node.switch("blacklist", 60, count=1)
    assert await node.reason(signed) == "TemporarilyBlacklisted"
    assert await node.reason(signed) == "TemporarilyBlacklisted"
    await node.take(newer := reprice(fee=1001))
    wall.now += 61
    assert await node.reason(signed) == "ConflictingNonceInMempool"
    assert await node.status(newer) == "pending"


async def test_control_routes_say_what_is_wrong(node: Node) -> None:
    """A 400 with a sentence, and nothing done."""
    for route, body in (
        ("fund", {"address": at(ALICE), "balance": -1}),
        ("fund", {"address": at(ALICE), "balance": 2**70}),
        ("fund", {"address": "nobody", "balance": 1}),
        ("register", {"contents": [[1.5, at(ALICE), 1]]}),
        ("register", {"contents": [[1, at(ALICE)]]}),
        ("mine", {"blocks": -1}),
        ("reorg", {"blocks": "2"}),
        ("contract", {"paused": "yes"}),
        ("faults", {"nonsense": {}}),
        ("faults", {"latency": {"value": "soon"}}),
        ("faults", {"503": {"probability": 2}}),
        ("foreign", {"address": at(ALICE), "function": "nothing"}),
    ):
        answer = await node.http.post(f"/devnet/{route}", json=body)
        assert answer.status_code == 400, (route, body)
        assert answer.json()["error"]
    assert await node.balance(at(ALICE)) == AMPLE
    listed = await node.http.post("/devnet/mine", content=b"[]")
    assert listed.status_code == 400
