"""Making blocks: nonce after nonce, dearest first, whole chains in one block; and taking blocks back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.devnet import contract, mempool
from engine.devnet.admission import cost
from engine.devnet.ledger import GENESIS, Account, Ledger, OnChain
from engine.stacks import ContractCall, Transaction, Transfer, clarity, parse_transaction
from engine.stacks.payload import Payload

EMPTY_AFTER = 1000
"""How many empty blocks follow one with transactions: as many as CONFIRMATIONS may ask for, then the chain rests."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the miner goes by: the network, the contract and its owner, a pause, the least fee of the market."""

    network: str
    contract_id: str
    owner: str
    paused: bool
    least_fee: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transaction came to beside its fee and nonce: µSTX gained by account, contents as they were before."""

    status: str
    result: clarity.Value
    gained: Mapping[str, int] = field(default_factory=dict)
    before: Mapping[int, OnChain] = field(default_factory=dict)

    @property
    def undo(self) -> str:
        """Return what a reorg has to put back, as JSON."""
        contents = {str(one): [known.owner, known.price, known.removed] for one, known in self.before.items()}
        return json.dumps({"gained": dict(self.gained), "contents": contents})


def mine(ledger: Ledger, rules: Rules, now: int, always: bool = False) -> int:
    """Make one block inside a change, if there is a reason for one; return how many transactions it holds."""
    mempool.sweep(ledger, now)
    height, mined = ledger.tip + 1, 0
    while (row := _next(ledger, rules)) is not None:
        execute(ledger, rules, parse_transaction(row["raw"]), row["received"], (height, mined), row["seq"])
        mined += 1
    if mined or always or _deepening(ledger):
        ledger.add_block(height, now)
    return mined


def _deepening(ledger: Ledger) -> bool:
    found = ledger.row("SELECT max(height) AS height FROM mined")
    return bool(found and found["height"] is not None and ledger.tip < found["height"] + EMPTY_AFTER)


def _next(ledger: Ledger, rules: Rules) -> sqlite3.Row | None:
    """Return the dearest transaction whose nonce is exactly next and whose sender can pay all of it."""
    ready = ledger.rows(
        """SELECT m.*, a.balance FROM mempool m JOIN account a ON a.address = m.sender
        WHERE m.nonce = a.nonce AND m.fee >= ? ORDER BY m.fee DESC, m.seq""",
        rules.least_fee,
    )
    return next((row for row in ready if cost(parse_transaction(row["raw"])) <= row["balance"]), None)


def seen_fact(payload: Payload) -> str:
    """Name the fact that this chain has seen such a payload mined, which a fee estimate needs."""
    return f"seen {contract.called(payload)}"


def execute(
    ledger: Ledger, rules: Rules, tx: Transaction, received: int, place: tuple[int, int], seq: int | None = None
) -> None:
    """Run a transaction inside a change, at its place (height, index): fee and nonce are used up whatever comes of it.

    ``received`` in seconds since 1970; ``seq`` is its order of arrival, None for one that never arrived here.
    """
    sender = tx.sender_address(rules.network)
    before = ledger.account(sender)
    ledger.set_account(sender, Account(before.nonce + 1, before.balance - tx.fee))
    if isinstance(tx.payload, ContractCall):
        outcome = _run_call(ledger, rules, tx, tx.payload, sender)
    else:
        outcome = _run_transfer(ledger, tx, tx.payload, sender, before.balance)
    ledger.run("DELETE FROM mempool WHERE txid=?", tx.txid)
    mempool.outdo(ledger, tx, sender)
    ledger.set_fact(seen_fact(tx.payload), "1")
    result = clarity.serialize(outcome.result).hex()
    ledger.run(
        "INSERT INTO mined VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(tx.txid, seq, *place, sender, tx.nonce, tx.fee, tx.raw, received, outcome.status, result, outcome.undo),
    )


def _run_call(ledger: Ledger, rules: Rules, transaction: Transaction, payload: ContractCall, sender: str) -> Outcome:
    world = contract.World(sender, rules.owner, rules.paused, ledger.content)
    effect = contract.call(world, payload.function, payload.args)
    if not effect.ok:
        return Outcome("abort_by_response", effect.result)
    if not all(contract.holds(condition) for condition in transaction.post_conditions):
        return Outcome("abort_by_post_condition", effect.result)
    if effect.content_id is None or effect.content is None:
        return Outcome("success", effect.result)
    old = ledger.content(effect.content_id)
    ledger.set_content(effect.content_id, effect.content)
    return Outcome("success", effect.result, before={effect.content_id: old} if old else {})


def _run_transfer(ledger: Ledger, transaction: Transaction, payload: Transfer, sender: str, balance: int) -> Outcome:
    if cost(transaction) > balance:
        return Outcome("abort_by_response", clarity.Err(clarity.UInt(1)))
    gained = {sender: -payload.amount, payload.recipient: payload.amount}
    for address, amount in gained.items():
        known = ledger.account(address)
        ledger.set_account(address, Account(known.nonce, known.balance + amount))
    return Outcome("success", clarity.Ok(clarity.Bool(True)), gained)


def reorg(ledger: Ledger, blocks: int) -> int:
    """Take blocks back inside a change: their transactions wait again in their old order; return how many do."""
    fork = max(GENESIS, ledger.tip - blocks)
    for row in ledger.rows("SELECT * FROM mined WHERE height > ? ORDER BY height DESC, tx_index DESC", fork):
        _undo(ledger, row)
    returned = ledger.run(
        """INSERT INTO mempool (seq, txid, sender, nonce, fee, raw, received)
        SELECT seq, txid, sender, nonce, fee, raw, received FROM mined WHERE height > ? ORDER BY height, tx_index""",
        fork,
    )
    ledger.run("DELETE FROM mined WHERE height > ?", fork)
    ledger.run("DELETE FROM block WHERE height > ?", fork)
    return returned


def _undo(ledger: Ledger, row: sqlite3.Row) -> None:
    """Put back differences, not balances: an account that was funded since stays funded."""
    known = ledger.account(row["sender"])
    ledger.set_account(row["sender"], Account(known.nonce - 1, known.balance + row["fee"]))
    undo = json.loads(row["undo"])
    for address, amount in undo["gained"].items():
        other = ledger.account(address)
        ledger.set_account(address, Account(other.nonce, other.balance - amount))
    for content_id, (owner, price, removed) in undo["contents"].items():
        ledger.set_content(int(content_id), OnChain(owner, price, removed))
