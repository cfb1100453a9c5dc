"""From an item or a hole to signed bytes: the fee, the contract call or the no-op, and the transaction's noun."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.core.lane import Assignment
from engine.core.model import Item, Transaction, TxStatus
from engine.core.operations import RULES, Call
from engine.line.nodestate import NodeState
from engine.line.signers import Signers
from engine.ports import NodeUnreachable
from engine.stacks import (
    ContractCall,
    PrivateKey,
    Transfer,
    contract_call_length,
    parse_transaction,
    sign_contract_call,
    sign_transfer,
)
from engine.stacks.payload import Payload

ESTIMATE_LASTS = 30.0
TRANSFER_LENGTH = 180
NOOP_MEMO = "batchdeck no-op"
MEMO_BYTES = 34


@dataclass(frozen=True, slots=True)
class FeeRule:
    """The fee settings, in µSTX: the default, and the cap of one transaction."""

    default: int
    most: int


@dataclass(frozen=True, slots=True)
class FeeSpan:
    """The fees that a transaction may have, in µSTX, best first: the wanted one, then more up to a cap, then less."""

    wanted: int
    most: int

    def __iter__(self) -> Iterator[int]:
        """Go through them."""
        yield self.wanted
        yield from range(self.wanted + 1, self.most + 1)
        yield from range(self.wanted - 1, 0, -1)


@dataclass(slots=True)
class Fees:
    """What a call should cost now: the node's middle estimate, asked for rarely, never under the byte length."""

    node: NodeState
    rule: FeeRule
    contract: str
    _known: dict[str, tuple[float, int | None]] = field(default_factory=dict)

    async def of(self, call: Call) -> int:
        """Return the fee in µSTX: estimate or default, at least the byte length (FACTS.md), at most the cap."""
        length = contract_call_length(self.contract, call.function, call.args)
        asked, estimate = self._known.get(call.function, (-ESTIMATE_LASTS, None))
        if self.node.clock.monotonic() - asked >= ESTIMATE_LASTS:
            estimate = await self._ask(call, length)
        return self._within(length, estimate)

    def usual(self, call: Call) -> int:
        """Return the fee as far as it is known without asking anybody."""
        _, estimate = self._known.get(call.function, (0.0, None))
        return self._within(contract_call_length(self.contract, call.function, call.args), estimate)

    def _within(self, length: int, estimate: int | None) -> int:
        return max(length, min(estimate or self.rule.default, self.rule.most))

    async def _ask(self, call: Call, length: int) -> int | None:
        try:
            estimate = await self.node.chain.fee(call, length)
        except NodeUnreachable:
            estimate = None
        self._known[call.function] = (self.node.clock.monotonic(), estimate)
        return estimate


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes signed transactions for one network and contract."""

    network: str
    contract: str
    noop_address: str

    def call(self, item: Item) -> Call:
        """Return the contract call of an applied item."""
        call = RULES[item.operation].call(item.on_chain_id, item.value)
        if call is None:
            raise ValueError(f"{item.content_id} has no contract call to sign")
        return call

    def sign(self, key: PrivateKey, step: Assignment, fee: int, now: datetime) -> Transaction:
        """Sign the call of an item, or a 1-µSTX no-op; post-condition mode deny, since nothing else may move."""
        if step.item is None:
            memo = NOOP_MEMO.encode().ljust(MEMO_BYTES, b"\0")
            return self._signed(key, Transfer(self.noop_address, 1, memo), step.nonce, max(fee, TRANSFER_LENGTH), now)
        call = self.call(step.item)
        return self._signed(key, ContractCall(self.contract, call.function, call.args), step.nonce, fee, now)

    def apart(
        self, key: PrivateKey, step: Assignment, fees: FeeSpan, taken: Collection[str], now: datetime
    ) -> Transaction:
        """Sign a step so that its bytes are its own: an equal call at a nonce with an equal fee is one transaction."""
        for fee in fees:
            made = self.sign(key, step, fee, now)
            if made.txid not in taken and made.fee >= len(made.raw):
                return made
        raise ValueError(f"No fee up to {fees.most} µSTX makes other bytes at nonce {step.nonce}: raise FEE_MAX")

    def again(self, key: PrivateKey, old: Transaction, fee: int, now: datetime) -> Transaction:
        """Sign what stands in old bytes once more, at the same nonce, with another fee."""
        return self._signed(key, parse_transaction(old.raw).payload, old.nonce, fee, now)

    def _signed(self, key: PrivateKey, payload: Payload, nonce: int, fee: int, now: datetime) -> Transaction:
        if isinstance(payload, ContractCall):
            signed = sign_contract_call(
                key,
                network=self.network,
                contract=payload.contract,
                function=payload.function,
                args=payload.args,
                nonce=nonce,
                fee=fee,
            )
        else:
            signed = sign_transfer(
                key,
                network=self.network,
                recipient=payload.recipient,
                amount=payload.amount,
                memo=payload.memo_text,
                nonce=nonce,
                fee=fee,
            )
        address = key.address(self.network)
        return Transaction(signed.txid, address, nonce, fee, signed.raw, TxStatus.SIGNED, created_at=now)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where transactions are made: who signs, what a call costs, and how bytes come about."""

    signers: Signers
    mint: Mint
    fees: Fees

    async def fee_now(self, transaction: Transaction) -> int:
        """Return what a signed transaction's call should cost now, in µSTX; the node may be asked."""
        call = _call_of(transaction)
        return await self.fees.of(call) if call else self.fees.rule.default

    def known_fee(self, transaction: Transaction) -> int:
        """Return the same as far as it is known without asking anybody."""
        call = _call_of(transaction)
        return self.fees.usual(call) if call else self.fees.rule.default


def _call_of(transaction: Transaction) -> Call | None:
    payload = parse_transaction(transaction.raw).payload
    return Call(payload.function, payload.args) if isinstance(payload, ContractCall) else None
