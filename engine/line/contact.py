"""First contact: who is this node, may this database use it, and who signs there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from engine.core.chain import wrong_network
from engine.core.model import Content
from engine.core.reports import ContentQuery
from engine.errors import Unavailable
from engine.line.mishaps import Mishaps
from engine.line.nodestate import NodeState
from engine.line.signers import NoSigners, OwnSigners, Signers, SimulatedSigners
from engine.line.signing import Desk, FeeRule, Fees, Mint
from engine.line.tools import Tools
from engine.ports import NodeInfo, NodeUnreachable, Store
from engine.stacks import PrivateKey

RETRY = 1.0
PAGE = 500
REGISTERED = "devnet registered"
CHAIN = "chain"
"""The fact that names the chain which a database is bound to."""
CONTRACT = "contract"
"""The fact that names the contract which it calls."""
MEETING = "meeting the node"
"""The step's key among the mishaps."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator expects of the chain; ``contract`` None means the devnet's own."""

    network: str
    contract: str | None
    noop_address: str
    fees: FeeRule
    own: OwnSigners | None
    derive: Callable[[str, str], PrivateKey]


class Unfit(Exception):
    """This node may not be used with these settings and this database; the message says why and what to do."""


class Contact:
    """Asks the node until it answers once, then sets up the signing desk; a wrong node is refused for good.

    One that doesn't ``keep`` what it learns only looks: the database is bound to no chain by it.
    """

    def __init__(self, tools: Tools, wanted: Wanted, *, keeps: bool = True) -> None:
        self._tools = tools
        self._wanted = wanted
        self._keeps = keeps
        self._mishaps = Mishaps(tools, tools.store.answer)
        self._devnet: str | None = None

    async def run(self, then: Callable[[], None]) -> None:
        """Try until the desk is set up or the node is refused, then call ``then``."""
        while not await self._safe_attempt():
            await self._tools.clock.sleep(max(RETRY, self._tools.node.poll_interval))
        then()

    async def _safe_attempt(self) -> bool:
        """Try once; a lost database, or what nobody foresaw, is no reason never to try again."""
        try:
            done = await self.attempt()
        except Unavailable as lost:
            self._tools.database_lost(lost)
        except Exception as wrong:
            self._mishaps.name(MEETING, "The node can't be put to use, so nothing is posted", wrong)
        else:
            self._mishaps.well(MEETING)
            return done
        return False

    async def attempt(self) -> bool:
        """Try once; True when there is nothing more to try."""
        tools = self._tools
        info = await tools.node.refresh()
        if info is None:
            return False
        try:
            contract = self._check(info)
            await self._bind(info, contract)
        except Unfit as wrong:
            tools.refused = str(wrong)
            tools.node.down(str(wrong))
            log.error("node refused", reason=str(wrong))
            return True
        self._devnet = info.devnet_id
        desk = self._desk(info, contract, tools.node)
        for creator in await tools.store.creators():
            desk.signers.address_for(creator.address)  # a simulated key is known only once it was asked for
        try:
            await self._register_all(desk)
        except NodeUnreachable as away:
            tools.node.down(str(away), away.retry_after)
            return False
        tools.desk = desk
        return True

    def _check(self, info: NodeInfo) -> str:
        """Return the contract to call, or raise Unfit."""
        wrong = wrong_network(info.node or self._tools.chain.name, info.network_id, self._wanted.network)
        if wrong:
            raise Unfit(wrong)
        contract = self._wanted.contract or info.contract
        if contract is None:
            raise Unfit("No contract is named: set CONTRACT to ADDRESS.NAME of the pay-per-view contract")
        return contract

    async def _bind(self, info: NodeInfo, contract: str) -> None:
        """Bind the database to its first chain, and refuse every other (DESIGN.md 1.7)."""
        for name, value in (("network", self._wanted.network), (CONTRACT, contract), (CHAIN, info.chain)):
            known = await self._tools.store.fact(name)
            if known is None:
                await self._keep(name, value)
            elif known != value:
                raise Unfit(
                    f"This database belongs to the {name} {known}, and now it is {value}: use the one it began with, "
                    "or another database"
                )

    def _desk(self, info: NodeInfo, contract: str, node: NodeState) -> Desk:
        wanted = self._wanted
        mint = Mint(wanted.network, contract, wanted.noop_address)
        return Desk(self._signers(info), mint, Fees(node, wanted.fees, contract))

    def _signers(self, info: NodeInfo) -> Signers:
        devnet, wanted = info.devnet_id, self._wanted
        if wanted.own is not None:
            return wanted.own
        if devnet is None:
            return NoSigners("No signer keys: name a file with SIGNER_KEYS_FILE, then retry")
        return SimulatedSigners(wanted.network, lambda creator: wanted.derive(devnet, creator))

    async def _register_all(self, desk: Desk) -> None:
        """Make the catalogue known to a simulated chain, once for each devnet and import."""
        store = self._tools.store
        if self._devnet is None or await store.fact(REGISTERED) == self._devnet:
            return
        after: str | None = None
        while True:
            page = await store.contents(ContentQuery(after=after, limit=PAGE))
            await self._register(desk, page.rows)
            after = page.next
            if after is None:
                break
        await self._keep(REGISTERED, self._devnet)

    async def _keep(self, name: str, value: str) -> None:
        if self._keeps:
            await self._tools.store.set_fact(name, value)

    async def _register(self, desk: Desk, contents: Sequence[Content]) -> None:
        rows = [
            (content.on_chain_id, desk.signers.address_for(content.creator) or content.creator, content.price)
            for content in contents
            if content.on_chain_id is not None
        ]
        owners = sorted({owner for _, owner, _ in rows})
        await self._tools.chain.register(rows, owners)

    async def imported(self, contents: Sequence[Content]) -> bool:
        """Register freshly imported contents on a simulated chain that is there; False if that isn't done now."""
        desk = self._tools.desk
        if desk is None:
            return False
        if self._devnet is None:
            return True
        try:
            await self._register(desk, contents)
        except NodeUnreachable as away:
            log.warning("contents not registered on the simulated chain yet", reason=str(away))
            return False
        return True


async def tell_devnet(store: Store, contact: Contact | None, contents: Sequence[Content]) -> None:
    """Make imported contents known to a simulated chain, now, or at its next start by forgetting that it knows all."""
    if contact is None or not await contact.imported(contents):
        await store.set_fact(REGISTERED, "")
