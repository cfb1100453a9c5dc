"""Every reason by which a node's mempool refuses a transaction, and what it means for us (FACTS.md section 2).

A reason that isn't here proves nothing: the transaction counts as unclear, and the reason is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.core.events import TxDeferred, TxEvent, TxRefused, TxUnclear
from engine.node.answers import JsonObject, from_hex, is_number
from engine.node.wording import clean, micro
from engine.ports import NodeUnreachable
from engine.stacks import parse_transaction


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refusal as the node words it: of which bytes, why, with what data, and when we heard it."""

    raw: bytes
    txid: str
    reason: str
    data: JsonObject
    now: datetime

    @property
    def said(self) -> str:
        """Return the node's own words for the end of a sentence: the reason and its message."""
        message = clean(self.data.get("message"))
        return f" ({self.reason}: {message})" if message else f" ({self.reason})"

    @property
    def fee(self) -> int | None:
        """Return the fee in µSTX that the refused bytes offer; None when they are no transaction."""
        try:
            return parse_transaction(self.raw).fee
        except ValueError:
            return None

    def after(self, seconds: float) -> datetime:
        """Return the time so many seconds from now."""
        return self.now + timedelta(seconds=seconds)


Ruling = Callable[[Rejection], TxEvent]


def rule(rejection: Rejection) -> TxEvent:
    """Return what a refusal means."""
    ruling = RULINGS.get(rejection.reason)
    if ruling is not None:
        return ruling(rejection)
    shown = replace(rejection, reason=clean(rejection.reason, 60) or "no reason given")
    return TxUnclear(rejection.txid, f"The node refused for a reason unknown here{shown.said}")


def _never(sentence: str) -> Ruling:
    return lambda told: TxRefused(told.txid, sentence + told.said)


def _later(sentence: str, seconds: float) -> Ruling:
    return lambda told: TxDeferred(told.txid, sentence + told.said, told.after(seconds))


def _doubt(sentence: str) -> Ruling:
    return lambda told: TxUnclear(told.txid, sentence + told.said)


def _fee_too_low(told: Rejection) -> TxEvent:
    """Only a fee above ours is a demand: signing again for less, or for the same, would never come to an end."""
    expected, ours = told.data.get("expected"), told.fee
    if not isinstance(expected, int) or not is_number(expected) or ours is None or expected <= ours:
        return TxUnclear(told.txid, f"The node calls the fee too low, but names none that is higher{told.said}")
    reason = f"The fee is too low: the node wants {micro(expected)}"
    return TxDeferred(told.txid, reason, fee_needed=expected)


def _not_enough_funds(told: Rejection) -> TxEvent:
    try:
        expected = from_hex(told.data.get("expected"), "expected")
        actual = from_hex(told.data.get("actual"), "actual")
    except NodeUnreachable:
        reason = "Not enough funds: fund the signer"
    else:
        reason = f"Not enough funds: {micro(expected)} needed, {micro(actual)} there; fund the signer"
    return TxDeferred(told.txid, reason, told.after(5), unfunded=True)


def _blacklisted(told: Rejection) -> TxEvent:
    """Only these bytes are put aside, for two days: other ones at the same nonce are taken at once (FACTS.md)."""
    reason = f"The node has put these bytes aside for a time; signed again with a higher fee{told.said}"
    needed = None if told.fee is None else told.fee + 1
    return TxDeferred(told.txid, reason, told.after(60), fee_needed=needed)


_NETWORK = "The transaction is for another network than the node's: check NETWORK and CHAIN_URL"
_OURS = "The node can't read the transaction: a fault of this program, please report it"
_NOT_OURS = "The node took the transaction for one of a kind that is never made here"
_NODE_TROUBLE = "The node has trouble of its own; posted again"

RULINGS: dict[str, Ruling] = {
    "BadNonce": _doubt("The nonce is mined already: it must be looked up by which transaction"),
    "ConflictingNonceInMempool": _doubt("The node holds a transaction with this nonce: it must be looked up which"),
    "TooMuchChaining": _later("Too many transactions of this signer wait for a block; posted again", 1),
    "FeeTooLow": _fee_too_low,
    "NotEnoughFunds": _not_enough_funds,
    "TemporarilyBlacklisted": _blacklisted,
    "EstimatorError": _later(_NODE_TROUBLE, 5),
    "ServerFailureDatabase": _later(_NODE_TROUBLE, 5),
    "ServerFailureNoSuchChainTip": _later(_NODE_TROUBLE, 5),
    "ServerFailureOther": _later(_NODE_TROUBLE, 5),
    "SignatureValidation": _never("The node doesn't take the signature: check NETWORK and the signer's key"),
    "BadTransactionVersion": _never(_NETWORK),
    "BadAddressVersionByte": _never(_NETWORK),
    "NoSuchContract": _never("The node doesn't know the contract: check CONTRACT, or retry when its deploy is mined"),
    "NoSuchPublicFunction": _never("The contract has no such function: check CONTRACT"),
    "BadFunctionArgument": _never("The contract's function takes other arguments: check CONTRACT"),
    "ContractAlreadyExists": _never(_NOT_OURS),
    "TransferRecipientCannotEqualSender": _never(
        "A no-op can't go to its own signer: set NOOP_ADDRESS to another address"
    ),
    "TransferAmountMustBePositive": _never(_NOT_OURS),
    "PoisonMicroblocksDoNotConflict": _never(_NOT_OURS),
    "PoisonMicroblockHasUnknownPubKeyHash": _never(_NOT_OURS),
    "PoisonMicroblockIsInvalid": _never(_NOT_OURS),
    "NoCoinbaseViaMempool": _never(_NOT_OURS),
    "NoTenureChangeViaMempool": _never(_NOT_OURS),
    "Serialization": _never(_OURS),
    "Deserialization": _never(_OURS),
}
