"""What a node tells, as frozen nouns: who it is, an account, a transaction, its history; or that it tells nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.operations import Call
from engine.stacks import CHAIN_IDS, clarity

_DEVNET = "devnet "


def chain_name(network_id: int, devnet_id: str | None) -> str:
    """Return the name of a chain: a simulated one by its id, a real one by its network's."""
    return f"{_DEVNET}{devnet_id}" if devnet_id else f"stacks {network_id:#010x}"


def is_simulated(chain: str) -> bool:
    """Tell whether a name that `chain_name` gave is that of a simulated chain."""
    return chain.startswith(_DEVNET)


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What a node says of itself; ``devnet_id`` is set by our simulated node alone.

    ``node`` names who said it where several may have, and is empty otherwise.
    """

    network_id: int
    tip_height: int
    version: str
    devnet_id: str | None = None
    contract: str | None = None
    node: str = ""

    @property
    def chain(self) -> str:
        """Return what a database that is bound to this node's chain calls it."""
        return chain_name(self.network_id, self.devnet_id)


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the tip: the next nonce to be mined, the spendable balance in µSTX."""

    nonce: int
    balance: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of an account in a mempool: nothing at ``following`` or above, nor at the ``missing`` below it."""

    following: int
    missing: frozenset[int] = frozenset()

    def lacks(self, nonce: int) -> bool:
        """Tell whether nothing waits at a nonce that isn't mined."""
        return nonce >= self.following or nonce in self.missing

    def __or__(self, other: Waiting) -> Waiting:
        """Return what waits in either of two mempools."""
        missing = frozenset(one for one in self.missing | other.missing if self.lacks(one) and other.lacks(one))
        return Waiting(max(self.following, other.following), missing)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a node knows of a transaction.

    ``status``: ``pending``, ``success``, ``aborted``, ``dropped`` or ``unknown`` (the node doesn't have it);
    ``unreadable`` when it was mined but this node can't tell the result. ``block`` is the hash of its block, empty
    where it isn't told.
    """

    txid: str
    status: str
    block_height: int | None = None
    reason: str = ""
    block: str = ""


@dataclass(frozen=True, slots=True)
class MinedCall:
    """A contract call as the chain has it: the contract as ``ADDRESS.NAME``, the function, its Clarity arguments."""

    contract: str
    function: str
    args: tuple[clarity.Value, ...]

    @property
    def name(self) -> str:
        """Return the call as one text, by which it is known again."""
        return call_name(self.contract, Call(self.function, self.args))


def call_name(contract: str, call: Call) -> str:
    """Return contract, function and arguments (serialised, hex) as one text: equal for equal calls only."""
    return " ".join([contract, call.function, *(clarity.serialize(arg).hex() for arg in call.args)])


@dataclass(frozen=True, slots=True)
class MinedTransaction:
    """A transaction that an account really made, whoever signed it; fee in µSTX, txid without 0x.

    ``call`` is None for what isn't a contract call; ``reason`` says why one that didn't succeed aborted; ``mined_at``
    is its block's time by the chain's own clock, None when the node doesn't tell it.
    """

    txid: str
    nonce: int
    succeeded: bool
    block_height: int
    fee: int
    call: MinedCall | None
    reason: str = ""
    mined_at: datetime | None = None


def wrong_network(node: str, network_id: int, network: str) -> str | None:
    """Return why a node of another network is refused, with both ids; None when it is of ours."""
    expected = CHAIN_IDS[network]
    if network_id == expected:
        return None
    return (
        f"The node {node} has network id {network_id:#010x}, but {network} has {expected:#010x}: set NETWORK or "
        "CHAIN_URL right"
    )


class NodeUnreachable(Exception):
    """The node gave no usable answer; the message says why, ``retry_after`` (seconds) when it asked for patience."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class CantTell(NodeUnreachable):
    """The node answered, but can't say this one thing: it is well, and asking it again doesn't help."""


class StillReading(CantTell):
    """An answer is too long for one turn: asked again, its reading goes on from where it was left."""
