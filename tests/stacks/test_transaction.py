"""Transactions: byte for byte what the chain takes, and strictly read back."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stacks import (
    CHAIN_IDS,
    ContractCall,
    PrivateKey,
    contract_call_length,
    parse_transaction,
    payload_bytes,
    recover_public_key,
    sign_contract_call,
    sign_transfer,
    signature_hash,
    verify_signature,
)
from engine.stacks.clarity import Ascii, UInt, serialize
from engine.stacks.keys import CURVE_ORDER
from tests.stacks.support import (
    ASSET,
    CALL,
    CONTRACT,
    KEY,
    OTHER,
    POST_CONDITIONS,
    SEND,
    SIGNED,
    call_inputs,
    clarity_names,
    contract_names,
    hashes,
    named,
    u64,
    values,
)


@pytest.mark.parametrize("vector", **named("transactions"))
def test_calls_sign_to_the_vectors(vector):
    """The same key and fields give the same bytes and txid as the reference implementation."""
    key = PrivateKey.from_hex(vector["inputs"]["private_key"])
    signed = sign_contract_call(key, **call_inputs(vector))
    assert signed.raw.hex() == vector["signed_hex"]
    assert signed.txid == vector["txid"]
    assert signature_hash(signed.raw).hex() == vector["presign_sighash"]


@pytest.mark.parametrize("vector", **named("transactions"))
def test_calls_read_back_from_the_vectors(vector):
    """Every field that was signed can be read, and the signature proves the sender."""
    given_, read = call_inputs(vector), parse_transaction(bytes.fromhex(vector["signed_hex"]))
    assert read.payload == ContractCall(given_["contract"], given_["function"], tuple(given_["args"]))
    same = ("network", "nonce", "fee", "post_condition_mode", "anchor_mode")
    assert {name: getattr(read, name) for name in same} == {name: given_[name] for name in same}
    assert read.post_conditions == tuple(given_["post_conditions"])
    assert (read.version, read.chain_id) == (vector["inputs"]["version"], vector["inputs"]["chain_id"])
    assert (read.key_encoding, read.signature.hex()) == (vector["key_encoding"], vector["signature_vrs"])
    assert (read.txid, read.sender_address(read.network)) == (vector["txid"], vector["sender"])
    assert verify_signature(read)


@pytest.mark.parametrize("vector", **named("transactions"))
def test_payload_and_length_are_known_before_signing(vector):
    """A fee can be asked for and bounded before there is a signature."""
    inputs = call_inputs(vector)
    call = (inputs["contract"], inputs["function"], inputs["args"])
    assert payload_bytes(*call).hex() == vector["payload_hex"]
    assert contract_call_length(*call, inputs["post_conditions"]) == vector["byte_length"]


@pytest.mark.parametrize("vector", **named("transfers"))
def test_transfers_match_the_vectors(vector):
    """A transfer signs to the reference's bytes and reads back to what was meant."""
    inputs = {
        **vector["inputs"],
        **{name: int(vector["inputs"][name]) for name in ("amount", "nonce", "fee")},
    }
    key = PrivateKey.from_hex(inputs.pop("private_key"))
    signed = sign_transfer(key, **inputs)
    assert (signed.raw.hex(), signed.txid) == (vector["signed_hex"], vector["txid"])
    read = parse_transaction(signed.raw)
    assert (read.payload.recipient, read.payload.amount) == (inputs["recipient"], inputs["amount"])
    assert read.payload.memo_text == inputs["memo"]
    assert read.payload.wire.hex() == vector["payload_hex"]
    assert recover_public_key(read) == key.public_key
    assert verify_signature(read)


@given(
    values=st.lists(values, max_size=4),
    name=contract_names,
    function=clarity_names,
    nonce=u64,
    fee=u64,
    conditions=st.lists(st.sampled_from(POST_CONDITIONS), max_size=3),
)
def test_any_call_comes_back(values, name, function, nonce, fee, conditions):
    """What is signed is what is read, whatever it says."""
    call = ContractCall(f"{OTHER}.{name}", function, tuple(values))
    fields = {"nonce": nonce, "fee": fee, "post_conditions": conditions}
    signed = sign_contract_call(
        KEY, network="testnet", contract=call.contract, function=function, args=values, **fields
    )
    read = parse_transaction(signed.raw)
    assert (read.payload, read.nonce, read.fee) == (call, nonce, fee)
    assert read.post_conditions == tuple(conditions)
    assert (read.raw, read.txid) == (signed.raw, signed.txid)
    assert verify_signature(read)


@given(hash160=hashes, amount=st.integers(1, 2**64 - 1), memo=st.text(max_size=8))
def test_any_transfer_comes_back(hash160, amount, memo):
    """Recipient, amount and memo survive the wire, contracts as recipients included."""
    recipient = f"{PrivateKey.from_hex('11' * 32).address('testnet')}.c{hash160.hex()[:8]}"
    signed = sign_transfer(KEY, **SEND | {"recipient": recipient, "amount": amount, "memo": memo})
    read = parse_transaction(signed.raw).payload
    assert (read.recipient, read.amount) == (recipient, amount)
    assert read.memo_text == memo.rstrip("\0")


@pytest.mark.parametrize("signed", [SIGNED, sign_transfer(KEY, **SEND)], ids=["call", "transfer"])
class TestDamage:
    """Damaged bytes never pass for the transaction they were."""

    def test_every_truncation_is_refused(self, signed):
        """Half a transaction is no transaction."""
        for end in range(len(signed.raw)):
            with pytest.raises(ValueError, match="cut short"):
                parse_transaction(signed.raw[:end])

    def test_a_trailing_byte_is_refused_unless_asked_for(self, signed):
        """Nodes ignore what follows; we refuse it, or leave it out when told to."""
        with pytest.raises(ValueError, match="1 bytes follow"):
            parse_transaction(signed.raw + b"\0")
        assert parse_transaction(signed.raw + b"\0", ignore_trailing=True).raw == signed.raw

    def test_every_flipped_bit_is_noticed(self, signed):
        """No single bit can change and still be signed by the sender."""
        for bit in range(len(signed.raw) * 8):
            flipped = bytearray(signed.raw)
            flipped[bit // 8] ^= 1 << bit % 8
            try:
                read = parse_transaction(bytes(flipped))
            except ValueError:
                continue
            assert not verify_signature(read), f"bit {bit}"

    def test_the_mirrored_signature_is_refused(self, signed):
        """(r, n - s) is valid ECDSA under another txid: low s alone is accepted."""
        s = CURVE_ORDER - int.from_bytes(signed.raw[77:109])
        mirrored = signed.raw[:44] + bytes((signed.raw[44] ^ 1,)) + signed.raw[45:77] + s.to_bytes(32)
        read = parse_transaction(mirrored + signed.raw[109:])
        assert not verify_signature(read)
        with pytest.raises(ValueError, match="high s"):
            recover_public_key(read)


@pytest.mark.parametrize("signature", [bytes(65), b"\x04" + b"\1" * 64, b"\0" + b"\xff" * 32 + b"\1" * 32])
def test_a_signature_that_is_none_verifies_as_false(signature):
    """Whatever stands in the signature's place, asking never raises anything but ValueError."""
    read = dataclasses.replace(parse_transaction(SIGNED.raw), signature=signature)
    assert verify_signature(read) is False
    with pytest.raises(ValueError, match="signature"):
        recover_public_key(read)


def test_another_signer_is_not_believed():
    """A valid signature by another key proves nothing about this signer."""
    other = PrivateKey.from_hex("22" * 32 + "01")
    stolen = SIGNED.raw[:7] + other.hash160 + SIGNED.raw[27:]
    assert not verify_signature(parse_transaction(stolen))


@pytest.mark.parametrize(
    ("offset", "byte", "words"),
    [
        (0, 0x81, "version is 129"),
        (5, 5, "auth type is 5"),
        (6, 1, "hash mode is 1"),
        (43, 2, "key encoding is 2"),
        (109, 0, "anchor mode is 0"),
        (110, 4, "post-condition mode is 4"),
        (114, 1, "post-condition principal is 26"),
        (115, 1, "payload type is 1"),
        (116, 9, "version is 9, which is unknown"),
        (137, 0, "contract name"),
        (138, ord("9"), "contract name"),
        (151, ord("9"), "function is"),
    ],
)
def test_unknown_codes_are_refused_by_name(offset, byte, words):
    """A field out of its rules stops the reading there, with its value."""
    raw = bytearray(SIGNED.raw)
    raw[offset] = byte
    with pytest.raises(ValueError, match=words):
        parse_transaction(bytes(raw))


def test_another_chain_id_is_read_and_told():
    """A devnet must see a wrong chain id to refuse it for that reason."""
    raw = SIGNED.raw[:1] + (7).to_bytes(4) + SIGNED.raw[5:]
    assert parse_transaction(raw).chain_id == 7 != CHAIN_IDS["testnet"]


@pytest.mark.parametrize("condition", POST_CONDITIONS)
def test_post_conditions_are_read_to_their_end(condition):
    """Each kind's extent is known, so that what follows is found, and no cut one passes."""
    signed = sign_contract_call(KEY, **CALL | {"post_conditions": [condition, POST_CONDITIONS[0]]})
    assert parse_transaction(signed.raw).post_conditions == (condition, POST_CONDITIONS[0])
    for end in range(len(condition)):
        with pytest.raises(ValueError):
            sign_contract_call(KEY, **CALL | {"post_conditions": [condition[:end]]})


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (b"\x03\x01\x01" + bytes(8), "type is 3"),
        (b"\x00\x04\x01" + bytes(8), "principal is 4"),
        (b"\x00\x01\x06" + bytes(8), "code is 6"),
        (b"\x02\x01" + ASSET + serialize(UInt(1)) + b"\x13", "code is 19"),
        (b"\x01\x01" + ASSET.replace(b"coin", b"1oin") + b"\x01" + bytes(8), "asset name"),
    ],
)
def test_bad_post_conditions_are_refused_by_name(condition, words):
    """A guard that the chain would misread is not signed."""
    with pytest.raises(ValueError, match=words):
        sign_contract_call(KEY, **CALL | {"post_conditions": [condition]})


def test_a_text_is_no_transaction():
    """Hex must be turned into bytes first."""
    with pytest.raises(ValueError, match="give bytes"):
        parse_transaction(SIGNED.raw.hex())


def test_a_transfer_to_no_principal_is_refused():
    """The recipient's place takes a principal only."""
    raw = parse_transaction(sign_transfer(KEY, **SEND).raw).raw
    with pytest.raises(ValueError, match="a principal belongs there"):
        parse_transaction(raw[:116] + serialize(Ascii("x")) + raw[138:])


def test_a_price_update_is_as_long_as_its_least_fee():
    """209 µSTX is the least that a price update costs."""
    assert contract_call_length(CONTRACT, "update-content-price", [UInt(1), UInt(2)]) == 209
    assert contract_call_length(CONTRACT, "remove-content", [UInt(1)]) == 186
