"""What a node's mempool takes, and how it says no: the reasons of FACTS.md section 2, in the node's own JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.devnet import contract
from engine.devnet.ledger import Ledger
from engine.stacks import CHAIN_IDS, ContractCall, Transaction, Transfer, parse_principal, verify_signature
from engine.stacks.keys import CURVE_ORDER

CHAINING = 25
"""MAXIMUM_MEMPOOL_TX_CHAINING; the test is nonce > account nonce + 1 + 25."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason and its data, as the node words them."""

    reason: str
    data: Mapping[str, object] | None = None


BLACKLISTED = Refusal("TemporarilyBlacklisted")


def check(ledger: Ledger, transaction: Transaction, network: str, contract_id: str, least_fee: int) -> Refusal | None:
    """Return why a transaction can't be admitted; None when it can."""
    return (
        _semantics(transaction, network)
        or _signature(transaction, network)
        or _fee(transaction, least_fee)
        or _nonce(ledger, transaction, network)
        or _funds(ledger, transaction, network)
        or _call(transaction, network, contract_id)
        or _conflict(ledger, transaction, network)
    )


def _semantics(transaction: Transaction, network: str) -> Refusal | None:
    """What can be said without the chain's state; the node's own order (blocks.rs can_admit_mempool_semantic)."""
    if transaction.network != network:
        return Refusal("BadTransactionVersion")
    payload = transaction.payload
    if not isinstance(payload, Transfer):
        return None
    if payload.recipient == transaction.sender_address(network):
        return Refusal("TransferRecipientCannotEqualSender", {"recipient": payload.recipient})
    if payload.amount == 0:
        return Refusal("TransferAmountMustBePositive")
    return _address(payload.recipient, network)


def _address(principal: str, network: str) -> Refusal | None:
    return None if parse_principal(principal)[0].network == network else Refusal("BadAddressVersionByte")


def _signature(transaction: Transaction, network: str) -> Refusal | None:
    if transaction.chain_id != CHAIN_IDS[network]:
        message = f"invalid chain ID {transaction.chain_id} (expected {CHAIN_IDS[network]})"
        return Refusal("SignatureValidation", {"message": message})
    if int.from_bytes(transaction.signature[33:]) > CURVE_ORDER // 2:
        return Refusal("SignatureValidation", {"message": "Invalid signature: high-S"})
    if verify_signature(transaction):
        return None
    return Refusal("SignatureValidation", {"message": "Signer hash does not equal hash of public key(s)"})


def _fee(transaction: Transaction, least_fee: int) -> Refusal | None:
    least = max(len(transaction.raw), least_fee)
    if transaction.fee >= least:
        return None
    return Refusal("FeeTooLow", {"expected": least, "actual": transaction.fee})


def _nonce(ledger: Ledger, transaction: Transaction, network: str) -> Refusal | None:
    sender = transaction.sender_address(network)
    confirmed = ledger.account(sender).nonce
    data: dict[str, object] = {"actual": transaction.nonce, "principal": sender, "is_origin": True}
    if transaction.nonce < confirmed:
        return Refusal("BadNonce", {"expected": confirmed, **data})
    highest = confirmed + 1 + CHAINING
    if transaction.nonce > highest:
        message = "Nonce would exceed chaining limit in mempool"
        return Refusal("TooMuchChaining", {"message": message, "expected": highest, **data})
    return None


def _call(transaction: Transaction, network: str, contract_id: str) -> Refusal | None:
    payload = transaction.payload
    if not isinstance(payload, ContractCall):
        return None
    wrong_address = _address(payload.contract, network)
    if wrong_address:
        return wrong_address
    if payload.contract != contract_id:
        return Refusal("NoSuchContract")
    if payload.function not in contract.PUBLIC:
        return Refusal("NoSuchPublicFunction")
    wrong = contract.argument_problem(payload.function, payload.args)
    return Refusal("BadFunctionArgument", {"message": wrong}) if wrong else None


def cost(transaction: Transaction) -> int:
    """Return what a transaction takes from its sender at most, in µSTX."""
    amount = transaction.payload.amount if isinstance(transaction.payload, Transfer) else 0
    return transaction.fee + amount


def _funds(ledger: Ledger, transaction: Transaction, network: str) -> Refusal | None:
    balance, needed = ledger.account(transaction.sender_address(network)).balance, cost(transaction)
    if needed <= balance:
        return None
    return Refusal("NotEnoughFunds", {"expected": f"0x{needed:032x}", "actual": f"0x{balance:032x}"})


def _conflict(ledger: Ledger, transaction: Transaction, network: str) -> Refusal | None:
    """Replace by fee: the new fee must be strictly greater."""
    sender = transaction.sender_address(network)
    held = ledger.row("SELECT fee FROM mempool WHERE sender=? AND nonce=?", sender, transaction.nonce)
    return Refusal("ConflictingNonceInMempool") if held and transaction.fee <= held["fee"] else None
