"""Another wallet with the same key: the devnet itself mines a transaction that nobody posted to it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.devnet import contract, mining
from engine.devnet.admission import cost
from engine.devnet.ledger import Ledger
from engine.stacks import ContractCall, Transaction, Transfer, address, clarity, parse_address, parse_transaction
from engine.stacks.payload import Payload
from engine.stacks.transaction import unsigned_bytes

FEE = 1000
NOBODY = bytes(20)


def mine_foreign(
    ledger: Ledger, rules: mining.Rules, sender: str, function: str | None, args: Sequence[int], now: int
) -> str:
    """Mine an account's next nonce in a block of its own, inside a change; return the txid.

    A call of our contract when a function is named, else a transfer of 1 µSTX. Its signature is empty, for the
    devnet has no key. ValueError when the account can't pay, or the contract has no such call.
    """
    payload = _call(rules, function, args) if function else Transfer(address(NOBODY, rules.network), 1)
    account = ledger.account(sender)
    transaction = _unsigned(rules, sender, account.nonce, payload)
    if transaction.sender_address(rules.network) != sender:
        raise ValueError(f"{sender} is not an account of one key on {rules.network}")
    if cost(transaction) > account.balance:
        raise ValueError(f"{sender} has {account.balance} µSTX: fund it with at least {cost(transaction)}")
    height = ledger.tip + 1
    mining.execute(ledger, rules, transaction, now, (height, 0))
    ledger.add_block(height, now)
    return transaction.txid


def _unsigned(rules: mining.Rules, sender: str, nonce: int, payload: Payload) -> Transaction:
    raw = unsigned_bytes(
        payload,
        network=rules.network,
        signer=parse_address(sender).hash160,
        compressed=True,
        nonce=nonce,
        fee=FEE,
        post_condition_mode="deny",
        anchor_mode="any",
        post_conditions=(),
    )
    return parse_transaction(raw)


def _call(rules: mining.Rules, function: str, args: Sequence[int]) -> ContractCall:
    values = tuple(clarity.UInt(arg) for arg in args)
    known = function in contract.PUBLIC
    wrong = contract.argument_problem(function, values) if known else "it is no public function"
    if wrong:
        raise ValueError(f"{function} can't be called so: {wrong}")
    return ContractCall(rules.contract_id, function, values)
