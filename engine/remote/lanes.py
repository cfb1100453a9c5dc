"""PURE: JSON becomes the window of a lane again."""

from __future__ import annotations

from engine.core.byhand import SlotBytes
from engine.core.slot_state import SlotState
from engine.core.window import Carried, SlotInfo, Window
from engine.remote.nouns import Json, many, time, txid


def window(body: Json) -> Window:
    """Read the picture of a lane."""
    return Window(
        signer=body["address"],
        size=body["window"],
        confirmed=body["nonce"],
        next=body["nextNonce"],
        slots=many(_slot, body["slots"]),
        waiting=body["waiting"],
        oldest=time(body["oldestWaiting"]),
        fees_open=body["feesOpen"],
        fees_paid=body["feesPaid"],
        held=body["held"],
    )


def _slot(body: Json) -> SlotInfo:
    return SlotInfo(
        nonce=body["nonce"],
        state=SlotState(body["state"]),
        txid=txid(body["txId"]),
        fee=body["fee"],
        signed_at=time(body["signedAt"]),
        posted_at=time(body["postedAt"]),
        posts=body["posts"],
        signed=body["signed"],
        answer=body["answer"],
        carries=tuple(Carried(one["batchId"], one["contentId"]) for one in body["items"]),
        next_fee=body["nextFee"],
        no_bump=body["noBump"],
        no_repost=body["noRepost"],
    )


def slot_bytes(body: Json) -> SlotBytes:
    """Read which bytes stand at a nonce."""
    return SlotBytes(body["nonce"], str(txid(body["txId"])), body["fee"])
