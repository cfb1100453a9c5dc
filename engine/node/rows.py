"""Rows of an account's list of transactions, in the API's two forms, read strictly. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.node import sightings
from engine.node.answers import U64, JsonObject, is_number, mapping, number, string, unreadable
from engine.ports import MinedCall, MinedTransaction, Sighting
from engine.stacks import clarity, parse_contract
from engine.stacks.checks import check_clarity_name

_TXID = re.compile(r"0x[0-9a-f]{64}")
_FEE = re.compile(r"[0-9]{1,20}")
LAST_SECOND = 253_402_300_799
"""The last second of the year 9999: no clock of ours goes further."""


@dataclass(frozen=True, slots=True)
class Row:
    """A mined transaction of an account; a call whose arguments the row leaves out is ``partial``."""

    seen: Sighting
    nonce: int
    fee: int
    call: MinedCall | None = None
    partial: bool = False
    mined_at: datetime | None = None

    @property
    def mined(self) -> MinedTransaction:
        """Return the noun; NodeUnreachable when the result can't be told."""
        seen = self.seen
        if seen.status not in ("success", "aborted") or seen.block_height is None:
            raise unreadable("status", seen.reason or seen.status)
        return MinedTransaction(
            seen.txid,
            self.nonce,
            seen.status == "success",
            seen.block_height,
            self.fee,
            self.call,
            seen.reason,
            self.mined_at,
        )


def read_row(address: str, entry: object) -> Row | None:
    """Read a row; None for what the account only received, or what has left the chain again."""
    fields = mapping(entry, "transaction of the account")
    for wrapper in ("transaction", "tx"):
        if wrapper in fields:
            fields = mapping(fields[wrapper], wrapper)
    return _read(address, fields, older="tx_status" in fields)


def _read(address: str, fields: JsonObject, older: bool) -> Row | None:
    txid = string(fields, "tx_id").lower()
    if not _TXID.fullmatch(txid):
        raise unreadable("tx_id", txid)
    seen = (sightings.from_v1 if older else sightings.from_v3)(txid[2:], fields)
    if seen.status in (sightings.PENDING, "dropped"):
        return None
    origin, sponsor = _older_accounts(fields) if older else _accounts(fields)
    if address not in (origin[0], sponsor[0]):
        return None
    at = _time(fields.get("block_time") if older else mapping(fields.get("block"), "block").get("time"))
    if origin[0] != address:
        return Row(seen, sponsor[1], _fee(fields), mined_at=at)
    kind = string(fields, "tx_type" if older else "type")
    if kind != "contract_call":
        return Row(seen, origin[1], _fee(fields), mined_at=at)
    called = mapping(fields.get("contract_call"), "contract_call")
    partial = called.get("function_args") is None
    return Row(seen, origin[1], _fee(fields), _call(called), partial, at)


def _time(told: object) -> datetime | None:
    """Read a block's time, seconds since 1970; None where an API leaves it out or writes 0."""
    if not told:
        return None
    if isinstance(told, int) and is_number(told, LAST_SECOND):
        return datetime.fromtimestamp(told, UTC)
    raise unreadable("block time", told)


def _accounts(fields: JsonObject) -> tuple[tuple[str, int], tuple[str, int]]:
    sender = mapping(fields.get("sender"), "sender")
    sponsor = fields.get("sponsor")
    paying = ("", 0) if sponsor is None else _account(mapping(sponsor, "sponsor"), "address", "nonce")
    return _account(sender, "address", "nonce"), paying


def _older_accounts(fields: JsonObject) -> tuple[tuple[str, int], tuple[str, int]]:
    paying = _account(fields, "sponsor_address", "sponsor_nonce") if fields.get("sponsored") is True else ("", 0)
    return _account(fields, "sender_address", "nonce"), paying


def _account(fields: JsonObject, address: str, nonce: str) -> tuple[str, int]:
    return string(fields, address), number(fields, nonce)


def _fee(fields: JsonObject) -> int:
    fee = string(fields, "fee_rate")
    if _FEE.fullmatch(fee) and int(fee) <= U64:
        return int(fee)
    raise unreadable("fee_rate", fee)


def _call(called: JsonObject) -> MinedCall:
    contract, function = string(called, "contract_id"), string(called, "function_name")
    try:
        parse_contract(contract)
        check_clarity_name("function", function)
    except ValueError as wrong:
        raise unreadable("contract_call", f"{contract} {function}") from wrong
    return MinedCall(contract, function, _args(called.get("function_args")))


def _args(told: object) -> tuple[clarity.Value, ...]:
    if told is None:
        return ()
    if not isinstance(told, list):
        raise unreadable("function_args", told)
    try:
        hexes = [string(mapping(arg, "argument"), "hex") for arg in told]
        return tuple(clarity.deserialize(bytes.fromhex(hex_.removeprefix("0x"))) for hex_ in hexes)
    except ValueError as wrong:
        raise unreadable("function_args", told) from wrong
