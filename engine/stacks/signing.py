"""Signing a transaction, and proving who signed one.

The rule (stacks-core transaction.rs, SIP-005): initial = H(bytes with nonce, fee and signature zeroed);
presign = H(initial | 04 | fee | nonce); the signature is ECDSA over presign as it is, and txid = H(bytes).
RFC 6979 makes bytes and txid a pure function of key and fields, so the txid is known before any broadcast.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import coincurve

from engine.stacks.c32 import check_network, parse_principal
from engine.stacks.checks import check_integer
from engine.stacks.clarity import Value
from engine.stacks.hashes import hash160, sha512_256
from engine.stacks.keys import CURVE_ORDER, PrivateKey
from engine.stacks.payload import Payload, Transfer, contract_call, encode_memo
from engine.stacks.transaction import Transaction, unsigned_bytes

_STANDARD = b"\x04"
_NONCE, _FEE = slice(27, 35), slice(35, 43)
_SIGNATURE = slice(44, 109)


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """What is posted, and its name: the bytes, and the txid as 64 lower-case hex digits without 0x."""

    raw: bytes
    txid: str


def sign_contract_call(
    key: PrivateKey,
    *,
    network: str,
    contract: str,
    function: str,
    args: Iterable[Value],
    nonce: int,
    fee: int,
    post_condition_mode: str = "deny",
    anchor_mode: str = "any",
    post_conditions: Iterable[bytes] = (),
) -> SignedTransaction:
    """Sign a call of `contract` ("ADDRESS.NAME", on this network); `fee` in µSTX.

    Modes: deny, allow, originator; anchors: any, on_chain_only, off_chain_only. ValueError names the field
    that is wrong, its value and the remedy.
    """
    call = contract_call(contract, function, args)
    _check_side("contract", contract, network)
    return _sign(key, call, network, nonce, fee, post_condition_mode, anchor_mode, post_conditions)


def sign_transfer(
    key: PrivateKey,
    *,
    network: str,
    recipient: str,
    amount: int,
    memo: str = "",
    nonce: int,
    fee: int,
    post_condition_mode: str = "deny",
    anchor_mode: str = "any",
    post_conditions: Iterable[bytes] = (),
) -> SignedTransaction:
    """Sign a transfer of `amount` µSTX (at least 1) to "ADDRESS" or "ADDRESS.name"; memo up to 34 bytes.

    ValueError as in `sign_contract_call`; also when the recipient is the sender, which every node refuses.
    """
    transfer = Transfer(recipient, check_integer("amount", amount, 1, 2**64 - 1), encode_memo(memo))
    _check_side("recipient", recipient, network)
    if recipient == _require_key(key).address(network):
        raise ValueError(f"recipient is {recipient}, the sender itself: give another address")
    return _sign(key, transfer, network, nonce, fee, post_condition_mode, anchor_mode, post_conditions)


def signature_hash(raw: bytes) -> bytes:
    """The 32-byte digest that the signer of these transaction bytes signs (the presign hash)."""
    initial = sha512_256(raw[:27] + bytes(16) + raw[43:44] + bytes(65) + raw[109:])
    return sha512_256(initial + _STANDARD + raw[_FEE] + raw[_NONCE])


def recover_public_key(transaction: Transaction) -> bytes:
    """The public key that made the signature, in the encoding that the transaction names.

    ValueError when the signature is none: recovery id over 3, r or s out of range, s in the high half.
    """
    signature = transaction.signature
    if int.from_bytes(signature[33:]) > CURVE_ORDER // 2:
        raise ValueError("signature has a high s: nodes refuse it, sign again with a low one")
    try:
        found = coincurve.PublicKey.from_signature_and_message(
            signature[1:] + signature[:1], signature_hash(transaction.raw), hasher=None
        )
    except Exception as fault:  # the library raises bare Exception when recovery fails
        raise ValueError(f"signature is none of secp256k1's: {fault}") from None
    return found.format(compressed=transaction.key_encoding == 0)


def verify_signature(transaction: Transaction) -> bool:
    """True only if the signer named in the transaction signed exactly these bytes."""
    try:
        return hash160(recover_public_key(transaction)) == transaction.signer
    except ValueError:
        return False


def _sign(
    key: PrivateKey,
    payload: Payload,
    network: str,
    nonce: int,
    fee: int,
    post_condition_mode: str,
    anchor_mode: str,
    post_conditions: Iterable[bytes],
) -> SignedTransaction:
    unsigned = unsigned_bytes(
        payload,
        network=network,
        signer=_require_key(key).hash160,
        compressed=key.compressed,
        nonce=nonce,
        fee=fee,
        post_condition_mode=post_condition_mode,
        anchor_mode=anchor_mode,
        post_conditions=post_conditions,
    )
    signature = key.sign(signature_hash(unsigned))
    raw = unsigned[: _SIGNATURE.start] + signature + unsigned[_SIGNATURE.stop :]
    return SignedTransaction(raw, sha512_256(raw).hex())


def _require_key(key: object) -> PrivateKey:
    if not isinstance(key, PrivateKey):  # whatever it is, it may be a secret: don't show it
        raise ValueError("key isn't a PrivateKey: make one with PrivateKey.from_hex or from_mnemonic")
    return key


def _check_side(field: str, principal: str, network: str) -> None:
    owner, _ = parse_principal(principal)
    if owner.network != check_network(network):
        raise ValueError(f"{field} is {principal}, an address of {owner.network}: give one of {network}")
