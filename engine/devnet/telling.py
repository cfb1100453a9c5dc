"""A transaction in the API's two JSON forms, v3 and v1 (FACTS.md section 2). Pure."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

from engine.devnet.view import Place, Seen
from engine.stacks import ContractCall, clarity, parse_transaction


def prefixed(txid: str) -> str:
    """Return a txid as the API writes it."""
    return f"0x{txid}"


def result_repr(result: str) -> str:
    """Return a result's Clarity repr from its hex."""
    return clarity.to_repr(clarity.deserialize(bytes.fromhex(result)))


def v3(seen: Seen, include: Container[str] = ()) -> dict[str, Any]:
    """Tell it in v3; ``include`` may hold ``result`` and ``function_args``, which are else left out."""
    body = {
        "tx_id": prefixed(seen.txid),
        "status": seen.status,
        "fee_rate": str(seen.fee),
        "sender": {"address": seen.sender, "nonce": seen.nonce},
        "sponsor": None,
        **_payload(seen, "type", "function_args" in include),
    }
    if seen.place is None:
        return {**body, **_unmined(seen), "receipt_block_height": None}
    return {**body, **_v3_place(seen.place, "result" in include)}


def _v3_place(place: Place, result: bool) -> dict[str, Any]:
    block_hash = prefixed(place.hash)
    block = {"height": place.height, "hash": block_hash, "index_hash": block_hash, "time": place.time}
    return {
        "block": {**block, "tx_index": place.index},
        "bitcoin_block": {"height": place.height, "time": place.time},
        "vm_error": None,
        "event_count": 0,
        **({"result": _result(place)} if result else {}),
    }


def v1(seen: Seen) -> dict[str, Any]:
    """Tell it in v1."""
    body = {
        "tx_id": prefixed(seen.txid),
        "tx_status": seen.status,
        "nonce": seen.nonce,
        "fee_rate": str(seen.fee),
        "sender_address": seen.sender,
        "sponsored": False,
        **_payload(seen, "tx_type", True),
    }
    if seen.place is None:
        moment = datetime.fromtimestamp(seen.received, UTC).isoformat(timespec="milliseconds")
        return {**body, **_unmined(seen), "receipt_time_iso": moment.replace("+00:00", "Z")}
    place = seen.place
    return {
        **body,
        "block_height": place.height,
        "block_hash": prefixed(place.hash),
        "block_time": place.time,
        "canonical": True,
        "tx_index": place.index,
        "tx_result": _result(place),
        "vm_error": None,
        "event_count": 0,
    }


def _unmined(seen: Seen) -> dict[str, Any]:
    by = None if seen.replaced_by is None else prefixed(seen.replaced_by)
    return {"receipt_time": seen.received, "replaced_by_tx_id": by}


def _result(place: Place) -> dict[str, str]:
    return {"hex": prefixed(place.result), "repr": result_repr(place.result)}


def _payload(seen: Seen, kind: str, with_args: bool) -> dict[str, Any]:
    payload = parse_transaction(seen.raw).payload
    if not isinstance(payload, ContractCall):
        transfer = {"recipient_address": payload.recipient, "amount": str(payload.amount)}
        return {kind: "token_transfer", "token_transfer": {**transfer, "memo": f"0x{payload.memo.hex()}"}}
    called: dict[str, Any] = {"contract_id": payload.contract, "function_name": payload.function}
    if with_args:
        called["function_args"] = [_argument(arg) for arg in payload.args]
    return {kind: "contract_call", "contract_call": called}


def _argument(arg: clarity.Value) -> dict[str, str]:
    return {"hex": f"0x{clarity.serialize(arg).hex()}", "repr": clarity.to_repr(arg), "type": "uint"}
