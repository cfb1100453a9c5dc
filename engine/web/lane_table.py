"""The table of the calls about lanes, and the slots of one."""

from __future__ import annotations

from engine.web.context import Call, Web
from engine.web.lanes import LaneCalls
from engine.web.openapi import bodies as to
from engine.web.openapi import examples as show
from engine.web.openapi.engine_nouns import TXID
from engine.web.openapi.forms import flag, integer, many, named, noun, text
from engine.web.openapi.page import ALWAYS, POSTED, answered, operation

ONE_SLOT = "/api/signers/{address}/slots/{nonce}"


def lane_table(web: Web) -> list[Call]:
    """Return every call about the lanes."""
    calls = LaneCalls(web)
    signers = {200: answered("Never keys.", noun({"signers": many(named("Signer"))}), show.SIGNERS)}
    slots = {200: answered("Unsettled slots by nonce.", named("Window"), show.WINDOW)}
    said = {"message": "Lane released", "address": show.CREATOR, "held": "The chain's nonce 9 is beyond the last slot"}
    schema = noun({"message": text(1), "address": text(1), "held": text(description="Why it was held.")})
    released = {200: answered("It goes on.", schema, said)}
    why = (to.ONLY_WHY, {"why": "The key was used elsewhere"})
    return [
        Call("GET", "/api/signers", calls.signers,
             operation("listSigners", "List signers and lanes", "engine", signers, ALWAYS)),
        Call("GET", "/api/signers/{address}/slots", calls.slots,
             operation("listSlots", "Show the window of a lane, slot by slot", "engine", slots, (*ALWAYS, 404),
                       (to.ADDRESS,))),
        Call("POST", "/api/signers/{address}/release", calls.release,
             operation("releaseLane", "Let a held lane go on at the chain's nonce", "engine", released,
                       (*POSTED, 404, 409), (to.ADDRESS,), why, needs_body=False)),
        *_pausing(calls),
        *_by_hand(calls),
    ]  # fmt: skip


def _pausing(calls: LaneCalls) -> list[Call]:
    """The calls that let one lane rest, or go on."""
    made = []
    schema = noun({"message": text(1), "address": text(1), "paused": flag()})
    for verb, run, message, paused in (
        ("pause", calls.pause_lane, "The lane is paused", True),
        ("resume", calls.resume_lane, "The lane goes on", False),
    ):
        said = {"message": message, "address": show.CREATOR, "paused": paused}
        spec = operation(f"{verb}Lane", f"Emergency stop of one signer: {verb}", "engine",
                         {200: answered(message, schema, said)}, (*POSTED, 404, 409), (to.ADDRESS,),
                         (to.ONLY_WHY, {"why": "Its fees look wrong"}), needs_body=False)  # fmt: skip
        made.append(Call("POST", f"/api/signers/{{address}}/{verb}", run, spec))
    return made


def _by_hand(calls: LaneCalls) -> list[Call]:
    """The calls that do something to one slot, now."""
    schema = noun({"message": text(1), "address": text(1), "nonce": integer(),
                   "txId": TXID, "fee": integer(description="µSTX")})  # fmt: skip
    seen = {"txId": f"0x{'ab' * 32}", "why": "The market went up"}
    made = []
    for verb, run, message, summary, body, fee in (
        ("bump", calls.bump, "The fee is raised", "Pay a higher fee at a nonce, now", to.BUMP, 2501),
        ("repost", calls.repost, "The same bytes are posted again", "Post the same bytes at a nonce again, now",
         to.REPOST, 2000),
    ):  # fmt: skip
        said = {"message": message, "address": show.CREATOR, "nonce": 41, "txId": f"0x{'cd' * 32}", "fee": fee}
        spec = operation(f"{verb}Slot", summary, "engine", {200: answered(message, schema, said)},
                         (*POSTED, 404, 409), (to.ADDRESS, to.NONCE),
                         (body, seen | ({"fee": fee} if body is to.BUMP else {})), needs_body=False)  # fmt: skip
        made.append(Call("POST", f"{ONE_SLOT}/{verb}", run, spec))
    return made
