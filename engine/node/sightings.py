"""What a node's or an API's account of a transaction proves. Pure; three formats, one `Sighting`."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.node.answers import U64, JsonObject, is_number, mapping, number, string, unreadable
from engine.node.wording import aborted, clean
from engine.ports import Sighting

_BLOCK = re.compile("[0-9a-f]{64}")
PENDING = "pending"
UNKNOWN = "unknown"


def from_v1(txid: str, fields: JsonObject) -> Sighting:
    """Read a transaction of /extended/v1: tx_status, tx_result, block_height, canonical, vm_error."""
    canonical = fields.get("canonical", True)
    if not isinstance(canonical, bool):
        raise unreadable("canonical", canonical)
    if not canonical:
        return Sighting(txid, PENDING, reason="Its block left the chain")
    seen = _sighting(txid, string(fields, "tx_status"), fields.get("block_height"), fields.get("tx_result"), fields)
    return replace(seen, block=_hash(fields.get("block_hash")))


def from_v3(txid: str, fields: JsonObject) -> Sighting:
    """Read a transaction of /extended/v3: status, block.height, result, vm_error."""
    block = mapping(fields["block"], "block") if fields.get("block") is not None else {}
    seen = _sighting(txid, string(fields, "status"), block.get("height"), fields.get("result"), fields)
    return replace(seen, block=_hash(block.get("hash")))


def from_node(txid: str, fields: JsonObject) -> Sighting:
    """Read a plain node's indexed transaction: result as Clarity repr, block_height or null, is_canonical."""
    if fields.get("is_canonical") is not True or fields.get("block_height") is None:
        return Sighting(txid, PENDING)
    height, result = number(fields, "block_height"), string(fields, "result")
    if result.startswith("(ok"):
        return Sighting(txid, "success", height)
    if result.startswith("(err"):
        return Sighting(txid, "aborted", height, aborted(result))
    return Sighting(txid, "unreadable", height, f"Mined with a result that can't be read: {clean(result, 60)}")


def _sighting(txid: str, status: str, height: object, result: object, fields: JsonObject) -> Sighting:
    about = fields.get("tx_id")
    if about is not None and str(about).lower() != f"0x{txid}":
        raise unreadable("tx_id", about)
    if status == PENDING:
        return Sighting(txid, PENDING)
    if status.startswith("dropped_"):
        why = _DROPS.get(status, clean(status, 60))
        return Sighting(txid, "dropped", reason=f"Dropped by the node: {why}")
    block = height if isinstance(height, int) and is_number(height, U64) else None
    if status == "success":
        return Sighting(txid, "success", _mined(block, height))
    if status in _ABORTS:
        return Sighting(txid, "aborted", _mined(block, height), _abort(status, result, fields))
    told = f"The node tells a status unknown here: {clean(status, 60) or 'empty'}"
    return Sighting(txid, PENDING if block is None else "unreadable", block, told)


def _hash(told: object) -> str:
    """Read a block's hash; empty where it isn't told, or is none: it only tells one block from another.

    A plain node tells another kind of hash than the API's routes do, so it tells none here.
    """
    text = told.lower().removeprefix("0x") if isinstance(told, str) else ""
    return text if _BLOCK.fullmatch(text) else ""


def _mined(block: int | None, said: object) -> int:
    if block is None:
        raise unreadable("block height", said)
    return block


_DROPS = {
    "dropped_replace_by_fee": "replaced by one with a higher fee",
    "dropped_replace_across_fork": "replaced by one on another fork",
    "dropped_too_expensive": "too expensive for a block",
    "dropped_stale_garbage_collect": "it waited too long",
    "dropped_problematic": "problematic for miners",
}
_ABORTS = {
    "abort_by_response": "",
    "abort_by_post_condition": "Aborted by a post-condition",
    "problematic_skipped": "Skipped by the miner as problematic",
}


def _abort(status: str, result: object, fields: JsonObject) -> str:
    repr_ = result.get("repr") if isinstance(result, dict) else None
    error = clean(fields.get("vm_error"))
    fixed = _ABORTS[status]
    if fixed:
        return f"{fixed}: {error}" if error else fixed
    return aborted(repr_ if isinstance(repr_, str) else "", error)
