"""What can happen to an item or to a transaction: past tense, frozen, complete.

An *item event* names no transaction; a *transaction event* does, and reaches every item of its slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.model import Value

HIGHER_FEE = "Replaced by a higher fee"


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    """The catalogue took the change; the contract is to follow."""

    order: int
    replaced: Value
    title: str
    on_chain_id: int
    signer: str | None


@dataclass(frozen=True, slots=True)
class CatalogueOnlyChanged:
    """The catalogue took the change, and there is no contract call to make."""

    order: int
    replaced: Value
    title: str


@dataclass(frozen=True, slots=True)
class ApplyFailed:
    """The catalogue refused the change of this item."""

    reason: str
    order: int


@dataclass(frozen=True, slots=True)
class Superseded:
    """A later change of the same field stands in the catalogue; ``by`` names it."""

    by: str
    order: int | None = None

    @property
    def reason(self) -> str:
        """Return the sentence for the item's error."""
        return f"Superseded by {self.by}"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody cancelled the batch before the item was applied."""

    order: int
    reason: str = "Cancelled"


@dataclass(frozen=True, slots=True)
class SigningFailed:
    """No transaction can be made for the item: no chain, no key, or bytes that can't be built."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChainGivenUp:
    """The node or the funds stayed away for `CHAIN_PATIENCE`, and nothing was signed."""

    reason: str


@dataclass(frozen=True, slots=True)
class TxSigned:
    """Bytes, txid and nonce are stored, before anything is posted."""

    txid: str
    signer: str
    nonce: int
    fee: int


@dataclass(frozen=True, slots=True)
class TxReplaced:
    """Other bytes were signed at the same nonce."""

    txid: str
    fee: int
    reason: str = HIGHER_FEE


@dataclass(frozen=True, slots=True)
class TxAccepted:
    """A node's mempool took the bytes, or shows them: no proof that they will be mined."""

    txid: str


@dataclass(frozen=True, slots=True)
class TxUnclear:
    """The bytes were posted, and nobody can say whether they arrived."""

    txid: str
    reason: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TxDeferred:
    """The bytes have to wait: window, rate limit, funds, a fee too low, a node that is away.

    ``posted`` is true when this attempt may have reached a node all the same (a 429 counts as unclear).
    ``fee_needed`` (µSTX) is set when other bytes with at least this fee must be signed at the same nonce.
    ``unfunded`` is true when the signer's balance is what stands in the way, ``unreachable`` when no node was
    there to take the bytes.
    """

    txid: str
    reason: str
    retry_at: datetime | None = None
    posted: bool = False
    fee_needed: int | None = None
    unfunded: bool = False
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class TxRefused:
    """A node said definitely no, and no unclear answer came before: these bytes are nowhere."""

    txid: str
    reason: str


@dataclass(frozen=True, slots=True)
class TxDropped:
    """A node no longer shows the transaction in its mempool: not an end, it can still be mined."""

    txid: str
    reason: str


@dataclass(frozen=True, slots=True)
class TxConfirmed:
    """Mined `CONFIRMATIONS` deep, and the contract did what was asked."""

    txid: str
    block_height: int


@dataclass(frozen=True, slots=True)
class TxAborted:
    """Mined `CONFIRMATIONS` deep: the fee is paid, the nonce used, and nothing changed."""

    txid: str
    block_height: int
    reason: str


@dataclass(frozen=True, slots=True)
class SlotLost:
    """Another transaction than ours was mined at this nonce."""

    txid: str
    reason: str


@dataclass(frozen=True, slots=True)
class TxReorged:
    """The block it was mined in left the chain after we had called it final."""

    txid: str
    reason: str = "its block left the chain"


ItemEvent = (
    CatalogueChanged | CatalogueOnlyChanged | ApplyFailed | Superseded | Cancelled | SigningFailed | ChainGivenUp
)
TxEvent = (
    TxSigned
    | TxReplaced
    | TxAccepted
    | TxUnclear
    | TxDeferred
    | TxRefused
    | TxDropped
    | TxConfirmed
    | TxAborted
    | SlotLost
    | TxReorged
)
Event = ItemEvent | TxEvent
