"""Lanes for the screens: a fake engine with one lane that moves, one that is held, one that is idle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from engine.core.byhand import SlotBytes
from engine.core.model import ItemState as S
from engine.core.reports import Changes, SignerInfo
from engine.core.slot_state import SlotState
from engine.core.window import Carried, SlotInfo, Window
from engine.errors import Conflict, NotFound, Unavailable
from tests.console.fake_engine import ALICE, BOB, NOW, STX, FakeEngine, txid

MINE = "ST1SIGNER00000000000000000000000000ALICE1"
HELD = "ST1SIGNER000000000000000000000000000B0B22"
IDLE = "ST1SIGNER00000000000000000000000000CAR0L3"
BATCH = "01KDEMO0000000000000000004"
WHY = (
    f"The chain is at nonce 12, but the last one known here is 9: this key was used elsewhere, or an older copy of the "
    f"database was put back. Nothing is signed until what was mined there is read and matched, which needs a node in "
    f"CHAIN_URL with a list of an account's transactions, or somebody who knows that nothing of it is ours runs "
    f"batchdeck signers --release {HELD}"
)


_txid = txid


def slot(nonce: int, state: SlotState, age: float, content: str | None, **given: object) -> SlotInfo:
    """Make one slot that was signed so many seconds ago."""
    at = NOW - timedelta(seconds=age)
    carries = (Carried(BATCH, content),) if content else ()
    base = SlotInfo(nonce, state, txid(nonce), 2000, at, at + timedelta(seconds=1), 1, 1, None, carries)
    return offered(replace(base, **given))  # type: ignore[arg-type]


def offered(one: SlotInfo) -> SlotInfo:
    """Say what may be done to a slot, as an engine says it."""
    nothing = {
        SlotState.CONFIRMED: f"Nonce {one.nonce} is mined already",
        SlotState.HOLE: f"Nonce {one.nonce} is a hole: there are no bytes to post, and the lane fills it by itself",
    }.get(one.state)
    if nothing:
        return replace(one, no_bump=nothing, no_repost=nothing)
    if one.state is SlotState.SIGNED:
        why = f"Nonce {one.nonce} wasn't posted yet, so no fee was too low: it goes out by itself"
        return replace(one, no_bump=why)
    return replace(one, next_fee=int((one.fee or 0) * 1.25) + 1)


def slots() -> tuple[SlotInfo, ...]:
    """Make slots of every kind."""
    kinds = [
        slot(38, SlotState.CONFIRMED, 95, "content-65"),
        slot(39, SlotState.CONFIRMED, 95, "content-66"),
        slot(40, SlotState.STUCK, 650, "content-67", fee=3126, signed=2, posts=4, answer="No block took it yet"),
        slot(41, SlotState.DOUBT, 44, "content-68", posts=3, answer="The node didn't answer within 10 s"),
        offered(SlotInfo(42, SlotState.HOLE)),
        slot(43, SlotState.POSTED, 41, None, fee=180),
    ]
    kinds += [slot(nonce, SlotState.POSTED, 40 - nonce / 10, f"content-{nonce + 25}") for nonce in range(44, 52)]
    return (*kinds, slot(52, SlotState.SIGNED, 1, "content-77", posts=0, posted_at=None))


@dataclass
class LanesEngine(FakeEngine):
    """A fake engine that signs; ``away`` says why no node tells who signs."""

    lanes: list[SignerInfo] = field(default_factory=list)
    windows: dict[str, Window] = field(default_factory=dict)
    away: str | None = None

    async def signers(self) -> list[SignerInfo]:
        self._asked("signers")
        if self.away:
            raise Unavailable(self.away)
        return list(self.lanes)

    async def slots(self, signer: str) -> Window:
        self._asked("slots", signer)
        if signer not in self.windows:
            raise NotFound(f"There is no signer {signer}")
        return self.windows[signer]

    async def changes(self, since: str, limit: int = 1000) -> Changes:
        return replace(await super().changes(since, limit), lanes=tuple(self.lanes[:2]))

    async def pause_lane(self, signer: str, why: str | None = None) -> None:
        self._asked("pause_lane", (signer, why))
        self._set(signer, held=f"Paused by ann: {why}", paused=True)

    async def resume_lane(self, signer: str, why: str | None = None) -> None:
        self._asked("resume_lane", (signer, why))
        self._set(signer, held=None, paused=False)

    def _set(self, signer: str, **given: object) -> None:
        self.lanes = [replace(one, **given) if one.address == signer else one for one in self.lanes]  # type: ignore[arg-type]

    async def bump_slot(
        self, signer: str, nonce: int, txid: str | None = None, fee: int | None = None, why: str | None = None
    ) -> SlotBytes:
        self._asked("bump_slot", (signer, nonce, txid, fee, why))
        return self._put(signer, nonce, txid=_txid(900 + nonce), fee=fee, signed=2)

    async def repost_slot(self, signer: str, nonce: int, txid: str | None = None, why: str | None = None) -> SlotBytes:
        self._asked("repost_slot", (signer, nonce, txid, why))
        return self._put(signer, nonce, posts=2)

    def _put(self, signer: str, nonce: int, **given: object) -> SlotBytes:
        """Change one slot as it is now; a mined one can't be."""
        shown = self.windows[signer]
        old = next(one for one in shown.slots if one.nonce == nonce)
        if old.state is SlotState.CONFIRMED:
            raise Conflict(f"Nonce {nonce} is mined already")
        new = replace(old, **given)  # type: ignore[arg-type]
        self.windows[signer] = replace(shown, slots=tuple(new if one is old else one for one in shown.slots))
        return SlotBytes(nonce, str(new.txid), new.fee or 0)

    async def release_lane(self, signer: str, why: str | None = None) -> str:
        self._asked("release_lane", (signer, why))
        found = next(lane for lane in self.lanes if lane.address == signer)
        if found.held is None:
            raise Conflict(f"The lane of {signer} isn't held")
        self.lanes[self.lanes.index(found)] = replace(found, held=None)
        self.windows[signer] = replace(self.windows[signer], held=None, next=12)
        return found.held


def laned() -> LanesEngine:
    """Make the engine that the pictures of Lanes are drawn from."""
    engine = LanesEngine()
    engine.add(BATCH, [S.CONFIRMED] * 66 + [S.SUBMITTED] * 12 + [S.APPLIED] * 22)
    engine.lanes = [
        SignerInfo(MINE, (ALICE,), True, 40, 900 * STX, 14, 22),
        SignerInfo(HELD, (BOB,), True, 12, 3 * STX // 2, 0, 5, WHY),
        SignerInfo(IDLE, (), True, 0, 1000 * STX, 0, 0),
    ]
    engine.windows = {
        MINE: Window(MINE, 25, 40, 53, slots(), 22, NOW - timedelta(seconds=75), 23_306, 412_000),
        HELD: Window(HELD, 25, 12, 12, (), 5, NOW - timedelta(hours=2), 0, 18_000, WHY),
        IDLE: Window(IDLE, 25, 0, 0),
    }
    return engine
