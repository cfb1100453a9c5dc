"""A transaction with standard single-sig authorisation: made as bytes, and strictly read from bytes.

The first 115 bytes have fixed places (stacks-core stacks-codec/src/transaction.rs); post-conditions and the
payload follow. A node checks and names its own re-serialisation, so only bytes in canonical form are read.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from engine.stacks.c32 import address, check_network
from engine.stacks.checks import U64_MAX, check_bytes, check_integer, shown
from engine.stacks.clarity import Value
from engine.stacks.hashes import sha512_256
from engine.stacks.payload import Payload, payload_bytes, read_payload
from engine.stacks.post_conditions import check_post_conditions, read_post_condition
from engine.stacks.reader import Reader

VERSIONS = {"mainnet": 0x00, "testnet": 0x80}
CHAIN_IDS = {"mainnet": 0x00000001, "testnet": 0x80000000}
ANCHOR_MODES = {"on_chain_only": 1, "off_chain_only": 2, "any": 3}
POST_CONDITION_MODES = {"allow": 1, "deny": 2, "originator": 3}
MAX_TRANSACTION_BYTES = 2 * 2**20

# version, chain id, auth type, hash mode, signer, nonce, fee, key encoding, signature, anchor mode,
# post-condition mode, number of post-conditions
_HEAD = struct.Struct(">BIBB20sQQB65sBBI")
_NO_SIGNATURE = bytes(65)


@dataclass(frozen=True, slots=True)
class Transaction:
    """All that a signed transaction says. `fee` is in µSTX; `signer` is the hash160 of the signer's key."""

    raw: bytes
    network: str
    chain_id: int
    signer: bytes
    nonce: int
    fee: int
    key_encoding: int  # 0 compressed, 1 uncompressed
    signature: bytes  # recovery id, r, s
    anchor_mode: str
    post_condition_mode: str
    post_conditions: tuple[bytes, ...]
    payload: Payload

    @property
    def version(self) -> int:
        """The version byte: 0x00 mainnet, 0x80 testnet."""
        return VERSIONS[self.network]

    @property
    def txid(self) -> str:
        """64 lower-case hex digits, without 0x."""
        return sha512_256(self.raw).hex()

    def sender_address(self, network: str | None = None) -> str:
        """The signer's address, on the transaction's own network unless another is named."""
        return address(self.signer, network or self.network)


def unsigned_bytes(
    payload: Payload,
    *,
    network: str,
    signer: bytes,
    compressed: bool,
    nonce: int,
    fee: int,
    post_condition_mode: str,
    anchor_mode: str,
    post_conditions: Iterable[bytes],
) -> bytes:
    """A whole transaction whose 65 signature bytes are zero; ValueError names the field that is wrong."""
    version = VERSIONS[check_network(network)]
    conditions = check_post_conditions(post_conditions)
    head = _HEAD.pack(
        version,
        CHAIN_IDS[network],
        4,
        0,
        signer,
        check_integer("nonce", nonce, 0, U64_MAX),
        check_integer("fee", fee, 0, U64_MAX),
        0 if compressed else 1,
        _NO_SIGNATURE,
        _code("anchor_mode", anchor_mode, ANCHOR_MODES),
        _code("post_condition_mode", post_condition_mode, POST_CONDITION_MODES),
        len(conditions),
    )
    raw = head + b"".join(conditions) + payload.wire
    _check_length(len(raw))
    return raw


def contract_call_length(
    contract: str, function: str, args: Iterable[Value], post_conditions: Iterable[bytes] = ()
) -> int:
    """The bytes of the signed call, which is also its least fee in µSTX."""
    conditions = check_post_conditions(post_conditions)
    return _HEAD.size + sum(map(len, conditions)) + len(payload_bytes(contract, function, args))


def parse_transaction(raw: bytes, *, ignore_trailing: bool = False) -> Transaction:
    """Read a transaction from its bytes; ValueError, with field and value, for whatever we would not write.

    Signatures are not checked here: see `verify_signature`. With `ignore_trailing`, bytes that follow are
    left out, as a node does.
    """
    reader = Reader(check_bytes("transaction", raw))
    transaction = _read(reader)
    _check_length(reader.position)
    if not ignore_trailing:
        reader.finish("transaction")
    return transaction


def _read(reader: Reader) -> Transaction:
    version, chain_id, auth, hash_mode, signer, nonce, fee, encoding, signature, anchor, mode, count = _HEAD.unpack(
        reader.take(_HEAD.size, "transaction")
    )
    _check_auth(auth, hash_mode, encoding)
    network = _name("version", version, VERSIONS)
    anchor_mode = _name("anchor mode", anchor, ANCHOR_MODES)
    post_condition_mode = _name("post-condition mode", mode, POST_CONDITION_MODES)
    post_conditions = tuple(read_post_condition(reader) for _ in range(count))
    payload = read_payload(reader)
    return Transaction(
        raw=reader.data[: reader.position],
        network=network,
        chain_id=chain_id,
        signer=signer,
        nonce=nonce,
        fee=fee,
        key_encoding=encoding,
        signature=signature,
        anchor_mode=anchor_mode,
        post_condition_mode=post_condition_mode,
        post_conditions=post_conditions,
        payload=payload,
    )


def _check_auth(auth: int, hash_mode: int, encoding: int) -> None:
    for field, value, allowed in (
        ("auth type", auth, (4,)),
        ("hash mode", hash_mode, (0,)),
        ("key encoding", encoding, (0, 1)),
    ):
        if value not in allowed:
            raise ValueError(f"{field} is {value}: only standard single-sig (04, 00) transactions are read")


def _check_length(length: int) -> None:
    if length > MAX_TRANSACTION_BYTES:
        raise ValueError(f"transaction has {length} bytes: give at most {MAX_TRANSACTION_BYTES}")


def _code(field: str, name: object, codes: dict[str, int]) -> int:
    if not isinstance(name, str) or name not in codes:
        raise ValueError(f"{field} is {shown(name)}: give {' or '.join(sorted(codes))}")
    return codes[name]


def _name(field: str, code: int, codes: dict[str, int]) -> str:
    for name, value in codes.items():
        if value == code:
            return name
    raise ValueError(f"{field} is {code}: give one of {sorted(codes.values())}")
