"""What the tests of the wire format share: the vectors, and values drawn at random."""

import json
from pathlib import Path

from hypothesis import strategies as st

from engine.stacks import PrivateKey, address, sign_contract_call
from engine.stacks.clarity import (
    Ascii,
    Bool,
    Buffer,
    Err,
    Int,
    List,
    Nothing,
    Ok,
    Principal,
    Some,
    Tuple,
    UInt,
    Utf8,
    Value,
    serialize,
)

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text())
KEY = PrivateKey.from_hex(VECTORS["mnemonics"][0]["private_key"])
CONTRACT = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.pay-per-view"
OTHER = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5"
CALL = {
    "network": "testnet",
    "contract": CONTRACT,
    "function": "update-content-price",
    "args": [UInt(1), UInt(5000)],
    "nonce": 0,
    "fee": 1000,
}
SIGNED = sign_contract_call(KEY, **CALL)

SEND = {"network": "testnet", "recipient": OTHER, "amount": 1, "memo": "", "nonce": 7, "fee": 300}
ASSET = bytes((26,)) + bytes(20) + b"\x05token" + b"\x04coin"
POST_CONDITIONS = [
    bytes.fromhex("00010100000000000003e8"),
    b"\x00\x02\x1a" + bytes(20) + b"\x02" + bytes(8),
    b"\x01\x03\x1a" + bytes(20) + b"\x01c" + ASSET + b"\x05" + bytes(8),
    b"\x02\x01" + ASSET + serialize(Some(UInt(1))) + b"\x12",
]

_MAKERS = {
    "int": lambda v: Int(int(v)),
    "uint": lambda v: UInt(int(v)),
    "buffer": lambda v: Buffer(bytes.fromhex(v)),
    "bool": Bool,
    "principal": Principal,
    "string-ascii": Ascii,
    "string-utf8": Utf8,
    "ok": lambda v: Ok(value(v)),
    "err": lambda v: Err(value(v)),
    "some": lambda v: Some(value(v)),
    "none": lambda v: Nothing(),
    "list": lambda v: List([value(item) for item in v]),
    "tuple": lambda v: Tuple({key: value(item) for key, item in v}),
}


def value(vector: dict) -> Value:
    """The Clarity value that a vector's {t, v} describes."""
    return _MAKERS[vector["t"]](vector.get("v"))


def named(section: str) -> dict:
    """Parameters for pytest.mark.parametrize: a section's vectors under their names."""
    rows = VECTORS[section]
    return {"argvalues": rows, "ids": [row.get("name") or row.get("address") for row in rows]}


def call_inputs(vector: dict) -> dict:
    """A transaction vector's inputs as the keyword arguments of sign_contract_call."""
    given = vector["inputs"]
    same = {name: given[name] for name in ("network", "contract", "function")}
    return same | {
        "args": [value(arg) for arg in given["args"]],
        "nonce": int(given["nonce"]),
        "fee": int(given["fee"]),
        "post_condition_mode": given["post_condition_mode"],
        "anchor_mode": given["anchor_mode"],
        "post_conditions": [bytes.fromhex(text) for text in given["post_conditions_hex"]],
    }


networks = st.sampled_from(["testnet", "mainnet"])
hashes = st.binary(min_size=20, max_size=20)
addresses = st.builds(address, hashes, networks)
contract_names = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_-]{0,39}", fullmatch=True)
clarity_names = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_!?+<>=/*-]{0,127}|[-+=/*]|[<>]=?", fullmatch=True)
principals = addresses | st.builds("{}.{}".format, addresses, contract_names)
u64 = st.integers(0, 2**64 - 1)
_printable = st.characters(min_codepoint=32, max_codepoint=126)
_leaves = (
    st.integers(-(2**127), 2**127 - 1).map(Int)
    | st.integers(0, 2**128 - 1).map(UInt)
    | st.binary(max_size=40).map(Buffer)
    | st.booleans().map(Bool)
    | principals.map(Principal)
    | st.just(Nothing())
    | st.text(_printable, max_size=40).map(Ascii)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(Utf8)
)
values = st.recursive(
    _leaves,
    lambda inner: (
        inner.map(Ok)
        | inner.map(Err)
        | inner.map(Some)
        | st.lists(inner, max_size=4).map(List)
        | st.dictionaries(clarity_names, inner, min_size=1, max_size=4).map(Tuple)
    ),
    max_leaves=12,
)
