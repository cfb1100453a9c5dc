"""Post-conditions: what a transaction may move at most. Here only their extent on the wire is read, strictly.

Kinds: 0 STX, 1 fungible token, 2 non-fungible token (SIP-005). Kinds 3 and 4 (staking, pox, epoch 4.0) are
refused: nothing here makes them.
"""

from collections.abc import Iterable

from engine.stacks.checks import check_bytes, check_clarity_name, check_contract_name, shown
from engine.stacks.clarity import read_address, read_value
from engine.stacks.reader import Reader

_FUNGIBLE_CODES = range(1, 6)  # = > >= < <=
_NFT_CODES = range(0x10, 0x13)  # sent, not sent, maybe sent


def read_post_condition(reader: Reader) -> bytes:
    """Take one post-condition and return its own bytes; ValueError for any field out of its rules."""
    start = reader.position
    kind = reader.number(1, "post-condition type")
    if kind not in (0, 1, 2):
        raise ValueError(f"post-condition type is {kind}: give 0 (STX), 1 (FT) or 2 (NFT)")
    _read_principal(reader)
    if kind > 0:
        _read_asset(reader)
    if kind == 2:
        read_value(reader)
    _read_code(reader, _NFT_CODES if kind == 2 else _FUNGIBLE_CODES)
    if kind < 2:
        reader.take(8, "post-condition amount")
    return reader.data[start : reader.position]


def check_post_conditions(conditions: object) -> tuple[bytes, ...]:
    """Return the serialised post-conditions as a tuple if each is exactly one, else ValueError."""
    if isinstance(conditions, bytes | str) or not isinstance(conditions, Iterable):
        raise ValueError(f"post_conditions is {shown(conditions)}: give a list of serialised post-conditions")
    return tuple(_whole(condition) for condition in conditions)


def _whole(condition: object) -> bytes:
    reader = Reader(check_bytes("post-condition", condition))
    data = read_post_condition(reader)
    reader.finish("post-condition")
    return data


def _read_principal(reader: Reader) -> None:
    kind = reader.number(1, "post-condition principal")
    if kind not in (1, 2, 3):
        raise ValueError(f"post-condition principal is {kind}: give 1 (origin), 2 (account) or 3 (contract)")
    if kind > 1:
        read_address(reader)
    if kind == 3:
        check_contract_name(reader.name("contract name"), 40)


def _read_asset(reader: Reader) -> None:
    read_address(reader)
    check_contract_name(reader.name("contract name"), 40)
    check_clarity_name("asset name", reader.name("asset name"))


def _read_code(reader: Reader, codes: range) -> None:
    code = reader.number(1, "post-condition code")
    if code not in codes:
        raise ValueError(f"post-condition code is {code}: give {codes[0]} to {codes[-1]}")
