"""The audit: what was promised against what is there. Pure functions from the evidence to findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.core import events
from engine.core.lifecycle import ENDS, TRANSITIONS
from engine.core.model import ItemState, TxStatus
from tests.faults.evidence import Chain, Evidence, Fact, Mined

SUCCESS = "success"


class Kind(StrEnum):
    """The columns of the table that must be 0; a broken run has proved nothing."""

    DUPLICATE = "duplicate"
    LOST = "lost"
    HOLE = "hole"
    WRONG = "wrong outcome"
    BROKEN = "broken run"


@dataclass(frozen=True)
class Finding:
    """One promise broken, with what it was about."""

    kind: Kind
    text: str


Rule = Callable[[Evidence], Iterator[Finding]]


def audit(evidence: Evidence) -> list[Finding]:
    """Return all that is wrong."""
    return [finding for rule in RULES for finding in rule(evidence)]


def ours(evidence: Evidence) -> list[Mined]:
    """Return what was mined for our signers, in chain order, without what another wallet did with their keys."""
    signers = {item.signer for item in evidence.items} | {one.signer for one in evidence.posted}
    mined = [one for one in evidence.chain.mined if one.sender in signers and one.txid not in evidence.foreign]
    return sorted(mined, key=lambda one: one.place)


def duplicates(evidence: Evidence) -> Iterator[Finding]:
    """No item has more than one mined transaction: every order has a price of its own, so its calls are its own."""
    wanted = Counter(item.call for item in evidence.items)
    for call, times in Counter(one.call for one in ours(evidence) if one.call).items():
        if times > wanted[call]:
            yield Finding(Kind.DUPLICATE, f"{call} was mined {times} times for {wanted[call]} item(s)")


def strangers(evidence: Evidence) -> Iterator[Finding]:
    """Nothing was posted that hadn't been stored before (promise 3)."""
    stored = {one.txid for one in evidence.posted}
    known = [(one.txid, one.call) for one in ours(evidence)]
    waiting = [(txid, None) for sender, _, txid in evidence.chain.waiting if txid not in evidence.foreign]
    for txid, call in [*known, *waiting]:
        if txid not in stored:
            yield Finding(Kind.DUPLICATE, f"{txid[:8]} {call} is on the chain and was never stored")


def lost(evidence: Evidence) -> Iterator[Finding]:
    """What was accepted is there, whole, and has come to its end."""
    found = Counter(item.key for item in evidence.items)
    for key, size in evidence.accepted.items():
        if found[key] != size:
            yield Finding(Kind.LOST, f"{key} was accepted with {size} items, and has {found[key]}")
    for item in evidence.items:
        if ItemState(item.state) not in ENDS:
            yield Finding(Kind.LOST, f"{_name(item)} is still {item.state}: {item.error}")


def holes(evidence: Evidence) -> Iterator[Finding]:
    """No nonce is free below one that is taken."""
    mined: dict[str, set[int]] = defaultdict(set)
    for one in evidence.chain.mined:
        mined[one.sender].add(one.nonce)
    living = {(one.signer, one.nonce) for one in evidence.posted if one.status != TxStatus.REFUSED}
    living |= {(sender, nonce) for sender, nonce, _ in evidence.chain.waiting}
    for signer in {signer for signer, _ in living}:
        top = max(nonce for one, nonce in living if one == signer)
        for nonce in sorted(set(range(top + 1)) - mined[signer]):
            yield Finding(Kind.HOLE, f"nonce {nonce} of {signer[:8]} is not mined, and {top} is taken")


def outcomes(evidence: Evidence) -> Iterator[Finding]:
    """`confirmed` is mined with that very call, `off-chain` and every other end never did anything on the chain."""
    mined = {one.txid: one for one in evidence.chain.mined}
    done = {one.call for one in ours(evidence) if one.status == SUCCESS and one.call}
    for item in evidence.items:
        if item.state == ItemState.CONFIRMED:
            yield from _confirmed(item, mined.get(item.txid or ""), evidence.reorged)
        elif item.state in (ItemState.OFF_CHAIN, ItemState.FAILED, ItemState.CANCELLED) and item.call in done:
            yield Finding(Kind.WRONG, f"{_name(item)} is {item.state}, and it is on the chain: {item.error}")


def _confirmed(item: Fact, found: Mined | None, reorged: bool) -> Iterator[Finding]:
    if found is None:
        yield Finding(Kind.WRONG, f"{_name(item)} is confirmed by {item.txid}, which isn't mined")
    elif (found.status, found.call, found.sender) != (SUCCESS, item.call, item.signer):
        yield Finding(Kind.WRONG, f"{_name(item)} is confirmed, and {found.call} is mined as {found.status}")
    elif item.height != found.place[0] and not reorged:
        yield Finding(Kind.WRONG, f"{_name(item)} is told of block {item.height}, and is in {found.place[0]}")


def order(evidence: Evidence) -> Iterator[Finding]:
    """Catalogue order is chain order, for each content (promise 5)."""
    place = {item.call: item for item in evidence.items if item.call}
    last: dict[str, Fact] = {}
    for one in ours(evidence):
        item = place.get(one.call) if one.call else None
        if item is None or one.status != SUCCESS:
            continue
        before = last.get(item.content)
        if before and (before.order or 0) > (item.order or 0):
            yield Finding(Kind.WRONG, f"{_name(item)} was mined after {_name(before)}, which came later")
        last[item.content] = item


def last_words(evidence: Evidence) -> Iterator[Finding]:
    """The catalogue has what was applied last, the chain what was confirmed last."""
    priced = sorted((item for item in evidence.items if item.price is not None), key=lambda item: item.order or 0)
    applied = {item.content: item for item in priced if any(event == "CatalogueChanged" for event, _ in item.story)}
    confirmed = {item.content: item for item in priced if item.state == ItemState.CONFIRMED}
    for content, item in applied.items():
        if evidence.catalogue[content][0] != item.price:
            yield Finding(Kind.WRONG, f"{_name(item)} was applied last, and the catalogue has another price")
    for content, item in confirmed.items():
        if evidence.chain.contents[int(content)][0] != item.price:
            yield Finding(Kind.WRONG, f"{_name(item)} is confirmed last, and the chain has another price")


def counts(evidence: Evidence) -> Iterator[Finding]:
    """What the engine counts is a group-by of its items (promise 6)."""
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for item in evidence.items:
        states[item.batch][item.state] += 1
    for told in evidence.batches:
        found, body = states[str(told.body["batchId"])], told.body
        expected = {
            "totalItems": found.total(),
            "confirmedCount": found["confirmed"],
            "pendingCount": found["submitted"],
            "offChainCount": found["off-chain"],
            "catalogueOnlyCount": found["catalogue-only"],
            "cancelledCount": found["cancelled"],
            "failureCount": found["failed"],
            "successCount": found.total() - found["failed"] - found["cancelled"] - found["queued"],
        }
        wrong = {name: (body[name], count) for name, count in expected.items() if body[name] != count}
        if wrong and not (found["applied"] or found["signed"]):  # those are told as pending only once submitted
            yield Finding(Kind.WRONG, f"{told.key} counts {wrong}")


def results(evidence: Evidence) -> Iterator[Finding]:
    """Every item of a finished batch has exactly one result (promise 1)."""
    for told in evidence.batches:
        body = told.body
        ids = Counter(result["contentId"] for result in body["results"] if result["outcome"])
        if body["settledAt"] and (body["completedAt"] is None or ids != Counter(body["contentIds"])):
            yield Finding(Kind.WRONG, f"{told.key} is settled, and its results are {dict(ids)}")
        unsettled = [item for item in evidence.items if item.batch == body["batchId"] and item.state not in ENDS]
        if not body["settledAt"] and not unsettled:
            yield Finding(Kind.WRONG, f"{told.key} has come to its end, and isn't called settled")


def stories(evidence: Evidence) -> Iterator[Finding]:
    """The story of an item is a walk through the table of transitions, and ends where the item is."""
    for item in evidence.items:
        state = ItemState.QUEUED
        for event, told in item.story:
            target = TRANSITIONS[state].get(getattr(events, event))
            if target != told:
                yield Finding(Kind.WRONG, f"{_name(item)}: {event} led from {state} to {told}")
            state = ItemState(told)
        if state != item.state:
            yield Finding(Kind.WRONG, f"{_name(item)} is {item.state}, and its story ends with {state}")


def changed(evidence: Evidence, after: Chain) -> list[Finding]:
    """Posting everything once more changed nothing: what was called dead is dead. What is unsettled may go on."""
    before, known = evidence.chain, {one.txid for one in evidence.chain.mined}
    going_on = {item.call for item in evidence.items if ItemState(item.state) not in ENDS}
    found = [
        Finding(Kind.WRONG, f"{one.txid[:8]} {one.call} was mined as {one.status} when it was posted once more")
        for one in after.mined
        if one.txid not in known and one.call not in going_on
    ]
    if {one.txid for one in after.mined} >= known and (going_on or after.contents == before.contents):
        return found
    return [*found, Finding(Kind.WRONG, "the chain's contents changed when everything was posted once more")]


def _name(item: Fact) -> str:
    return f"{item.key}/{item.content}"


RULES: tuple[Rule, ...] = (
    duplicates, strangers, lost, holes, outcomes, order, last_words, counts, results, stories,
)  # fmt: skip
