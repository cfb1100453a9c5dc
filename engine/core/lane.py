"""The lane of one signer, as pure plans: which item gets which nonce, and when nothing may be signed at all.

The rules are DESIGN.md section 5 and FACTS.md section 3: a node admits nonces up to 26 past the confirmed one and
mines only the exact next, so a lane runs ahead of it by a window and fills every hole at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from engine.core.model import Item, Slot, Transaction, TxStatus
from engine.core.reports import Doubt, LaneRecord
from engine.stacks import ContractCall, parse_transaction


@dataclass(frozen=True, slots=True)
class Assignment:
    """A nonce and the item that gets it; None is a no-op that fills a hole."""

    nonce: int
    item: Item | None


@dataclass(frozen=True, slots=True)
class Purse:
    """What a signer can pay: its balance and what one more transaction costs, in µSTX.

    ``confirmed`` is the nonce at which the balance was read: what was mined below it is paid already.
    """

    balance: int
    fee: int
    confirmed: int


def is_hole(slot: Slot) -> bool:
    """Tell whether nothing that was ever signed at this nonce can be with a node: the nonce is free."""
    return all(transaction.status is TxStatus.REFUSED for transaction in slot.transactions)


def drift(record: LaneRecord, confirmed: int) -> str | None:
    """Say why a lane has to be held: the chain is beyond every nonce that is known here (promise 3).

    A lane without slots starts at the chain's nonce, unless a copy of the database was put back: what waits here may
    have been sent since by whoever had it.
    """
    if not beyond(record, confirmed):
        return _unread(record, confirmed) if record.restored else None
    return (
        f"The chain is at nonce {confirmed}, but the last one known here is {record.top}: this key was used "
        f"elsewhere, or an older copy of the database was put back. Nothing is signed until {_remedy(record)}"
    )


def astray(record: LaneRecord, confirmed: int) -> str | None:
    """Say why a lane has to be held because the chain's nonce isn't where it should be; None when it is."""
    return drift(record, confirmed) or behind(record, confirmed)


def beyond(record: LaneRecord, confirmed: int) -> bool:
    """Tell whether the chain is further than a lane that has slots."""
    return record.top is not None and confirmed > record.top + 1


def _unread(record: LaneRecord, confirmed: int) -> str:
    if record.top is None and confirmed > 0:
        return (
            f"A backup was put back that knows no nonce of {record.signer}, and the chain is at nonce {confirmed}: "
            f"what waits here may have been sent since. Nothing is signed until {_remedy(record)}"
        )
    return (
        f"A backup was put back: what waits here may have been sent since, and may wait for a block. Nothing is signed "
        f"until no transaction of {record.signer} that is unknown here waits in the mempool, or {_release(record)}"
    )


def unasked(signer: str, *, chain: bool) -> str:
    """Say why items of a copy that was put back wait while no node can be asked: given up, a retry sends them twice."""
    until = "a node tells again what was mined" if chain else "CHAIN_URL names a node that tells what was mined"
    release = "" if chain else f", or {_released(signer)}"
    return (
        "A backup was put back, and what waits here may have been sent since: it is neither sent nor given up until "
        f"{until}{release}"
    )


def _remedy(record: LaneRecord) -> str:
    return (
        "what was mined there is read and matched, which needs a node in CHAIN_URL with a list of an account's "
        f"transactions, or {_release(record)}"
    )


def _release(record: LaneRecord) -> str:
    return _released(record.signer)


def _released(signer: str) -> str:
    return f"somebody who knows that nothing of it is ours runs batchdeck signers --release {signer}"


def doubtful(signer: str, doubts: Sequence[Doubt]) -> str:
    """Say why a lane has to be held: a call was mined that may be an item's own, and nobody can tell (promise 3)."""
    first = doubts[0]
    return (
        f"At nonce {first.nonce} of {signer} a call was mined (0x{first.txid}) that equals the one of "
        f"{first.content_id} in batch {first.batch_id}, and nobody can tell whether it was made for it. Nothing is "
        f"signed until somebody decides: if it wasn't, batchdeck signers --release {signer} sends the item"
    )


def behind(record: LaneRecord, confirmed: int) -> str | None:
    """Say why a lane has to be held: the chain's nonce went back behind one that was mined, or before the first.

    A reorg gives its transactions back to the lane and ends this by itself; a node that lags catches up.
    """
    known = max(_or(record.settled, -1), _or(record.base, 0) - 1)
    if confirmed > known:
        return None
    return (
        f"The chain is at nonce {confirmed}, but nonce {known} was mined already: a reorg, or a node that lags or is "
        "of another chain. Nothing is signed until it is past that again"
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def assign(record: LaneRecord, confirmed: int, window: int, capped: Collection[int] = ()) -> list[Assignment]:
    """Give nonces to waiting items in catalogue order: holes first, then the next fresh ones in the window.

    ``confirmed`` is the account's next nonce to be mined, ``capped`` are the ids of items that may not be signed
    now. A hole below living slots that no waiting item may take gets a no-op, unless one was refused there.
    """
    waiting = ready(record, capped)
    plan: list[Assignment] = []
    for nonce in holes(record, confirmed):
        item = _for_hole(nonce, waiting, record.slots)
        if item is not None:
            waiting.remove(item)
            plan.append(Assignment(nonce, item))
        elif _lives_above(nonce, record.slots) or any(above.nonce > nonce for above in plan):
            plan.append(Assignment(nonce, None))
    for nonce, item in zip(range(fresh(record, confirmed), confirmed + window), waiting, strict=False):
        plan.append(Assignment(nonce, item))
    return sorted(plan, key=lambda step: step.nonce)


def ready(record: LaneRecord, capped: Collection[int] = ()) -> list[Item]:
    """Return the items that may be signed now; what must wait keeps back every later change of its content."""
    blocked = set(record.elsewhere)
    found: list[Item] = []
    for item in record.waiting:
        if item.id in capped:
            blocked.add(item.content_id)
        elif item.content_id not in blocked:
            found.append(item)
    return found


def holes(record: LaneRecord, confirmed: int) -> list[int]:
    """Return the free nonces below the highest one known: refused slots, and nonces that have no slot."""
    if record.top is None:
        return []
    held = {slot.nonce for slot in record.slots if not is_hole(slot)}
    return [nonce for nonce in range(confirmed, record.top + 1) if nonce not in held]


def fresh(record: LaneRecord, confirmed: int) -> int:
    """Return the first nonce that was never used."""
    return confirmed if record.top is None else max(confirmed, record.top + 1)


def refused_noop(record: LaneRecord, plan: Sequence[Assignment]) -> str | None:
    """Say why a hole can't be filled: two no-ops that were signed for it were refused, and the next would be too."""
    noops = {step.nonce for step in plan if step.item is None}
    for slot in record.slots:
        if slot.nonce in noops and len(tried := _noops(slot)) > 1:
            return f"The no-op for the hole at nonce {slot.nonce} was refused: {tried[-1].answer}; see NOOP_ADDRESS"
    return None


def fee_of(record: LaneRecord, step: Assignment, fee: int) -> int:
    """Return the fee of a step in µSTX: a no-op after a refused one pays more, for the same bytes are refused again."""
    if step.item is not None:
        return fee
    return max([fee, *(one.fee + 1 for slot in record.slots if slot.nonce == step.nonce for one in _noops(slot))])


def _noops(slot: Slot) -> list[Transaction]:
    """Return the no-ops that were signed for a hole, oldest first."""
    known = (one for one in slot.transactions if one.raw)
    return [one for one in known if not isinstance(parse_transaction(one.raw).payload, ContractCall)]


def _for_hole(nonce: int, waiting: Sequence[Item], slots: Iterable[Slot]) -> Item | None:
    """Return the first waiting item whose content has nothing at a higher nonce and nothing waiting before it."""
    above = {content for slot in slots if slot.nonce > nonce and not is_hole(slot) for content in slot.contents}
    seen: set[str] = set()
    for item in waiting:
        if item.content_id not in above and item.content_id not in seen:
            return item
        seen.add(item.content_id)
    return None


def _lives_above(nonce: int, slots: Iterable[Slot]) -> bool:
    return any(slot.nonce > nonce and not is_hole(slot) for slot in slots)


def committed(record: LaneRecord, confirmed: int) -> int:
    """Return the µSTX that the transactions not mined yet will cost, as each is tested alone by the node."""
    return sum(slot.current.fee for slot in record.slots if slot.nonce >= confirmed and not is_hole(slot))


def affordable(record: LaneRecord, plan: Sequence[Assignment], purse: Purse) -> list[Assignment]:
    """Return the first steps of a plan that the balance can pay, beside all that is in flight."""
    left = purse.balance - committed(record, purse.confirmed)
    return list(plan[: max(0, left // purse.fee)])


def in_flight(slots: Iterable[Slot]) -> int:
    """Return how many slots hold a transaction that may be mined."""
    return sum(not is_hole(slot) for slot in slots)
