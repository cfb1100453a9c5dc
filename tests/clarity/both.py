"""One story told to two chains: our simulated node, and the real Clarity VM. They must never differ."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from engine.core.content_story import OnChain
from engine.core.operations import Call
from engine.node import HttpNode
from engine.stacks import PrivateKey, clarity, parse_transaction
from engine.stacks.clarity import Bool, UInt
from tests.clarity.vm import Step, Vm, call, signed
from tests.devnet.support import AMPLE, TESTNET_CONTRACT, Node, at, inside

OWNER = PrivateKey.from_mnemonic(
    "twice kind fence tip hidden tilt action fragile skin nothing glory cousin green tomorrow spring wrist "
    "shed math olympic multiply hip blue scout claw"
)
"""Clarinet's public test deployer: the devnet's contract is its, and its key is known to the world."""


@dataclass
class Both:
    """Tells each step to the simulated node at once, and all of them to the VM at the end."""

    vm: Vm
    node: Node
    client: HttpNode
    steps: list[Step] = field(default_factory=list)
    simulated: list[str] = field(default_factory=list)
    contents: list[int] = field(default_factory=list)
    foreseen: list[str | None] = field(default_factory=list)

    async def add(self, content_id: int, creator: PrivateKey, price: int = 100) -> None:
        """Register a content under its creator's key."""
        await self.node.control("register", contents=[[content_id, at(creator), price]])
        self._step(call(at(creator), "add-content", UInt(content_id), UInt(price)), "(ok true)")
        self.contents.append(content_id)

    async def pause(self, paused: bool = True) -> None:
        """Let the contract's owner stop it, or let it go on."""
        await self.node.control("contract", paused=paused)
        self._step(call(at(OWNER), "set-paused", Bool(paused)), "(ok true)")

    async def send(self, raw: bytes) -> str:
        """Post signed bytes, mine them, and return what the simulated contract answered."""
        transaction = parse_transaction(raw)
        payload = transaction.payload
        asked = Call(payload.function, payload.args)  # type: ignore[union-attr]
        self.foreseen.append(await self.client.preflight(asked, transaction.sender_address("testnet")))
        assert (await self.node.post(raw)).status_code == 200
        assert await self.node.mine() == 1
        told = await self.node.get(f"/extended/v3/transactions/0x{transaction.txid}", include="result")
        self._step(signed(raw), told["result"]["repr"])
        return str(told["result"]["repr"])

    async def compare(self) -> list[dict[str, Any]]:
        """Tell the VM; every result and every content must be as on the simulated node. Return the sent steps."""
        told = self.vm.ask(self.steps, look=self.contents)
        assert [step["result"] for step in told["steps"]] == self.simulated
        assert told["contents"] == {str(one): await self._entry(one) for one in self.contents}
        assert told["contents"] == {str(one): await self._info(one) for one in self.contents}
        assert told["paused"] == str(self.node.devnet and self.node.devnet.paused).lower()
        return [step for step in told["steps"] if "txid" in step]

    def _step(self, step: Step, result: str) -> None:
        self.steps.append(step)
        self.simulated.append(result)

    async def _info(self, content_id: int) -> str:
        """Return what the engine asks for, and check that it reads it as the map has it."""
        address, name = TESTNET_CONTRACT.split(".")
        body = {"sender": address, "arguments": [f"0x{clarity.serialize(UInt(content_id)).hex()}"]}
        told = await self.node.http.post(f"/v2/contracts/call-read/{address}/{name}/get-content-info", json=body)
        read, ledger = await self.client.content(content_id), self.node.devnet and self.node.devnet.ledger
        kept = ledger and ledger.content(content_id)
        assert read == (OnChain(kept.owner, kept.price) if kept and not kept.removed else None)
        return str(told.json()["result"])

    async def _entry(self, content_id: int) -> str:
        address, name = TESTNET_CONTRACT.split(".")
        key = f"0x{clarity.serialize(UInt(content_id)).hex()}"
        answer = await self.node.http.post(f"/v2/map_entry/{address}/{name}/contents", json=key)
        return str(answer.json()["data"])


@asynccontextmanager
async def both(vm: Vm, path: Path) -> AsyncIterator[Both]:
    """A simulated node whose owner has money, beside the VM."""
    async with inside(path / "chain.devnet") as node:
        assert node.devnet
        await node.control("fund", address=at(OWNER), balance=AMPLE)
        transport = httpx.ASGITransport(node.devnet.app)
        client = HttpNode(
            "http://devnet", timeout=10, api_key=None, concurrency=1, transport=transport, contract=TESTNET_CONTRACT
        )
        try:
            yield Both(vm, node, client)
        finally:
            await client.close()
