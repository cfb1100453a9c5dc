"""Signing: nothing that a node can't take is ever signed."""

import pytest

from engine.stacks import Transfer, parse_transaction, sign_contract_call, sign_transfer
from engine.stacks.clarity import Buffer, UInt
from tests.stacks.support import CALL, KEY, OTHER, POST_CONDITIONS, SEND, SIGNED

SENDER = KEY.address("testnet")


def test_signing_is_a_pure_function():
    """Signing again gives the same bytes; one more µSTX of fee gives another txid."""
    assert sign_contract_call(KEY, **CALL) == SIGNED
    assert sign_contract_call(KEY, **CALL | {"fee": 1001}).txid != SIGNED.txid


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": "Testnet"}, "'testnet' or 'mainnet'"),
        ({"network": "mainnet"}, "an address of testnet: give one of mainnet"),
        ({"contract": OTHER}, r"ADDRESS\.NAME"),
        ({"contract": f"{OTHER}.{'a' * 41}"}, "contract name"),
        ({"contract": None}, "contract is None"),
        ({"function": "1st"}, "function is '1st'"),
        ({"function": ""}, "function is ''"),
        ({"function": "f" * 129}, "function is"),
        ({"args": [5]}, r"args\[0\] is 5"),
        ({"args": UInt(5)}, "args is"),
        ({"args": [UInt(1), True]}, r"args\[1\] is True"),
        ({"args": [Buffer(bytes(2**20))] * 2}, "transaction has"),
        ({"nonce": -1}, "nonce is -1"),
        ({"nonce": 2**64}, "nonce is"),
        ({"nonce": True}, "nonce is True"),
        ({"fee": 1.5}, "fee is 1.5"),
        ({"fee": "1000"}, "fee is '1000'"),
        ({"fee": 2**64}, "fee is"),
        ({"post_condition_mode": "Deny"}, "allow or deny or originator"),
        ({"post_condition_mode": 2}, "post_condition_mode is 2"),
        ({"anchor_mode": "all"}, "any or off_chain_only or on_chain_only"),
        ({"anchor_mode": ["any"]}, "anchor_mode is"),
        ({"post_conditions": b"\0"}, "give a list"),
        ({"post_conditions": None}, "give a list"),
        ({"post_conditions": ["00"]}, "give bytes"),
        ({"post_conditions": [b""]}, "cut short"),
        ({"post_conditions": [POST_CONDITIONS[0] + b"\0"]}, "1 bytes follow"),
    ],
)
def test_a_bad_call_is_refused_by_name(change, words):
    """Nothing is signed that a node can't take, and the refusal says which field to mend."""
    with pytest.raises(ValueError, match=words):
        sign_contract_call(KEY, **CALL | change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipient": SENDER}, "the sender itself"),
        ({"recipient": KEY.address("mainnet")}, "an address of mainnet"),
        ({"recipient": "ST"}, "wrong length"),
        ({"amount": 0}, "amount is 0"),
        ({"amount": 2**64}, "amount is"),
        ({"amount": True}, "amount is True"),
        ({"memo": "x" * 35}, "35 UTF-8 bytes"),
        ({"memo": "é" * 18}, "36 UTF-8 bytes"),
        ({"memo": b"x"}, "give text"),
        ({"memo": "\ud800"}, "surrogate"),
        ({"nonce": None}, "nonce is None"),
    ],
)
def test_a_bad_transfer_is_refused_by_name(change, words):
    """A memo is never cut, and nobody pays themselves."""
    with pytest.raises(ValueError, match=words):
        sign_transfer(KEY, **SEND | change)


def test_a_memo_of_34_bytes_fits():
    """The limit counts bytes of UTF-8, and is itself allowed."""
    signed = sign_transfer(KEY, **SEND | {"memo": "é" * 17})
    assert parse_transaction(signed.raw).payload.memo_text == "é" * 17


def test_a_foreign_memo_is_read_even_if_it_is_not_text():
    """Others may write any 34 bytes; reading them must not fail."""
    assert Transfer(OTHER, 1, b"\xff" * 34).memo_text == "\ufffd" * 34


def test_a_senders_contract_may_be_paid():
    """A contract of one's own is another account."""
    signed = sign_transfer(KEY, **SEND | {"recipient": f"{SENDER}.vault"})
    assert parse_transaction(signed.raw).payload.recipient == f"{SENDER}.vault"
