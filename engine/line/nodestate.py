"""What the engine knows of its node right now: reachable or not, the tip, the pace of blocks, the accounts."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ports import Account, Chain, Clock, NodeInfo, NodeUnreachable

QUICKEST_POLL = 0.25
SLOWEST_POLL = 5.0
FRESH = 30.0


@dataclass(slots=True)
class NodeState:
    """The one picture of the node that worker and confirmer share; every answer and failure is told to it."""

    chain: Chain
    clock: Clock
    info: NodeInfo | None = None
    error: str | None = None
    down_since: float | None = None
    not_before: float = 0.0
    accounts: dict[str, Account] = field(default_factory=dict)
    _read_at: dict[str, float] = field(default_factory=dict)
    _tip_at: float | None = None
    _block_time: float = 2.0

    def __post_init__(self) -> None:
        self.down_since = self.clock.monotonic()

    def up(self) -> None:
        """A call was answered."""
        self.error, self.down_since = None, None

    def down(self, error: str, retry_after: float | None = None) -> None:
        """A call was not answered; ``retry_after`` are seconds in which reading must rest."""
        now = self.clock.monotonic()
        self.error = error
        self.down_since = now if self.down_since is None else self.down_since
        if retry_after:
            self.not_before = max(self.not_before, now + retry_after)

    @property
    def reachable(self) -> bool:
        """Tell whether the last call was answered."""
        return self.down_since is None

    @property
    def outage(self) -> float:
        """Return for how many seconds the node has been away."""
        return 0.0 if self.down_since is None else self.clock.monotonic() - self.down_since

    @property
    def tip(self) -> int:
        """Return the height of the tip as last seen."""
        return self.info.tip_height if self.info else 0

    @property
    def poll_interval(self) -> float:
        """Return half the observed block time, within 0.25 to 5 s, or longer where the node asked for patience."""
        wanted = min(SLOWEST_POLL, max(QUICKEST_POLL, self._block_time / 2))
        return max(wanted, self.not_before - self.clock.monotonic())

    async def refresh(self) -> NodeInfo | None:
        """Ask the node who and where it is; None (and `error`) when it doesn't say."""
        try:
            info = await self.chain.info()
        except NodeUnreachable as away:
            self.down(str(away), away.retry_after)
            return None
        self.up()
        self._observe(info)
        self.info = info
        return info

    def _observe(self, info: NodeInfo) -> None:
        """Learn the pace of blocks from two sightings of the tip, in smoothed seconds a block."""
        now = self.clock.monotonic()
        grown = info.tip_height - self.tip if self.info else 0
        if grown > 0 and self._tip_at is not None:
            pace = (now - self._tip_at) / grown
            self._block_time = 0.7 * self._block_time + 0.3 * min(pace, 4 * SLOWEST_POLL)
        if grown > 0 or self._tip_at is None:
            self._tip_at = now

    async def account(self, address: str, fresh: bool = False) -> Account | None:
        """Return an account, from memory when it is recent; None when the node doesn't say."""
        now = self.clock.monotonic()
        recent = now - self._read_at.get(address, -FRESH) < FRESH
        if address in self.accounts and recent and not fresh:
            return self.accounts[address]
        try:
            account = await self.chain.account(address)
        except NodeUnreachable as away:
            self.down(str(away), away.retry_after)
            return None
        self.up()
        self._read_at[address] = now
        self.accounts[address] = account
        return account
