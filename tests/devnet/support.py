"""What the devnet's tests share: a node in this process or on loopback, and a wallet that signs for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from engine.devnet import Devnet, DevnetOptions, creator_key, serve_devnet
from engine.devnet.faults import Faults
from engine.stacks import PrivateKey, SignedTransaction, sign_contract_call, sign_transfer
from engine.stacks.clarity import UInt

ALICE = creator_key("tests", "alice")
BOB = creator_key("tests", "bob")
EVE = creator_key("tests", "eve")
TESTNET_CONTRACT = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.pay-per-view"
OCTETS = {"content-type": "application/octet-stream"}
AMPLE = 1_000_000_000_000


def at(key: PrivateKey) -> str:
    return key.address("testnet")


def reprice(
    key: PrivateKey = ALICE, content: int = 1, price: int = 5000, *, nonce: int = 0, fee: int = 1000, **other: Any
) -> SignedTransaction:
    """A signed price update, right for the devnet unless ``other`` says otherwise."""
    given = {
        "network": "testnet",
        "contract": TESTNET_CONTRACT,
        "function": "update-content-price",
        "args": [UInt(content), UInt(price)],
    }
    return sign_contract_call(key, **(given | other), nonce=nonce, fee=fee)


def pay(key: PrivateKey, to: str, amount: int = 1, *, nonce: int = 0, fee: int = 1000) -> SignedTransaction:
    return sign_transfer(key, network="testnet", recipient=to, amount=amount, nonce=nonce, fee=fee)


class Clock:
    """Time that a test moves."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Node:
    """A devnet as a client sees it."""

    http: httpx.AsyncClient
    devnet: Devnet | None = None
    told: list[str] = field(default_factory=list)

    async def post(self, transaction: SignedTransaction | bytes) -> httpx.Response:
        raw = transaction if isinstance(transaction, bytes) else transaction.raw
        return await self.http.post("/v2/transactions", content=raw, headers=OCTETS)

    async def take(self, *transactions: SignedTransaction) -> None:
        """Post what must be taken."""
        for transaction in transactions:
            answer = await self.post(transaction)
            assert (answer.status_code, answer.text) == (200, f'"{transaction.txid}"')

    async def refused(self, transaction: SignedTransaction | bytes) -> dict[str, Any]:
        """Post what must be refused; return the node's JSON."""
        answer = await self.post(transaction)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/json"
        told: dict[str, Any] = answer.json()
        assert told["error"] == "transaction rejected"
        return told

    async def reason(self, transaction: SignedTransaction | bytes) -> str:
        reason: str = (await self.refused(transaction))["reason"]
        return reason

    async def control(self, name: str, **body: Any) -> Any:
        answer = await self.http.post(f"/devnet/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def switch(self, name: str, value: object = "", *, count: int | None = None, chance: float = 1) -> None:
        await self.control("faults", **{name: {"value": str(value), "count": count, "probability": chance}})

    async def off(self, *names: str) -> None:
        await self.control("faults", **dict.fromkeys(names))

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def status(self, transaction: SignedTransaction) -> str:
        told = await self.get(f"/extended/v3/transactions/0x{transaction.txid}")
        return str(told["status"])

    async def mine(self, blocks: int = 1) -> int:
        return int((await self.control("mine", blocks=blocks))["mined"])

    async def mined(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self.get("/devnet/transactions")
        return rows

    async def nonce(self, key: PrivateKey = ALICE) -> int:
        return int((await self.get(f"/v2/accounts/{at(key)}", proof=0))["nonce"])

    async def tip(self) -> int:
        return int((await self.get("/v2/info"))["stacks_tip_height"])

    async def balance(self, address: str) -> int:
        return int((await self.get(f"/v2/accounts/{address}", proof=0))["balance"], 16)

    async def price(self, content: int = 1) -> int:
        return int((await self.get(f"/devnet/contents/{content}"))["price"])

    async def furnish(self) -> None:
        """Contents 1 to 40 of Alice, 41 to 80 of Bob, at 100 µSTX; both have money, Eve has money only."""
        rows = [[n, at(ALICE if n <= 40 else BOB), 100] for n in range(1, 81)]
        await self.control("register", contents=rows, accounts=[at(ALICE), at(BOB), at(EVE)])


@asynccontextmanager
async def inside(
    path: Path, *, wall: Clock | None = None, faults: Faults | None = None, network: str = "testnet"
) -> AsyncIterator[Node]:
    """A furnished node in this process, whose blocks only the test makes."""
    given: dict[str, Any] = {"wall": wall} if wall else {}
    devnet = Devnet.open(path, network=network, faults=faults, **given)
    transport = httpx.ASGITransport(devnet.app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://devnet") as http:
            node = Node(http, devnet)
            if network == "testnet":
                await node.furnish()
            yield node
    finally:
        await devnet.close()


@asynccontextmanager
async def loopback(path: Path, *, block_seconds: float = 3600, **options: Any) -> AsyncIterator[Node]:
    """A furnished node on a real port; it must end when it is told to."""
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    served = asyncio.create_task(
        serve_devnet(DevnetOptions(path, block_seconds=block_seconds, **options), url.set_result)
    )
    await asyncio.wait([served, url], return_when=asyncio.FIRST_COMPLETED)
    if served.done():
        served.result()
    try:
        async with httpx.AsyncClient(base_url=await url, timeout=5) as http:
            node = Node(http)
            await node.furnish()
            yield node
    finally:
        served.cancel()
        done, _ = await asyncio.wait([served], timeout=5)
        assert done, "the server didn't end"
