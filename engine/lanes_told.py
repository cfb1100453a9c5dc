"""What the engine says of its signers: address, account and lane, and the window of one lane slot by slot."""

from __future__ import annotations

from dataclasses import replace

from engine.core.byhand import with_choices
from engine.core.model import Slot
from engine.core.reports import SignerInfo, Traffic
from engine.core.text import storable
from engine.core.window import Judge, LaneRows, Window, window
from engine.errors import NotFound, Unavailable
from engine.line import byhand
from engine.line.line import Line
from engine.line.signing import Desk
from engine.ports import Account, Store

NOT_CARRIED = "No engine runs here that signs or posts: start batchdeck engine, or ask one with --remote"


def lane(line: Line, address: str, traffic: Traffic, account: Account | None) -> SignerInfo:
    """Return one signer as the line knows it."""
    tools = line.tools
    return SignerInfo(
        address=address,
        creators=tools.desk.signers.creators_of(address) if tools.desk else (),
        simulated=bool(tools.desk and tools.desk.signers.simulated),
        nonce=account.nonce if account else None,
        balance=account.balance if account else None,
        in_flight=traffic.in_flight,
        waiting=traffic.waiting,
        held=line.lanes.held(address),
        paused=address in tools.pauses.why,
        removing=traffic.removing,
    )


async def signers(store: Store, line: Line) -> list[SignerInfo]:
    """Return every signer that plays a creator of the catalogue, with its account and lane.

    Unavailable until the node has said which chain it is: no answer is no proof that there is no signer.
    """
    plays = await _plays(store, _desk(line))
    traffic = await store.traffic()
    found = []
    for address, creators in plays.items():
        told = lane(line, address, traffic.get(address, Traffic()), await line.tools.node.account(address))
        found.append(replace(told, creators=tuple(creators)))
    return found


def _desk(line: Line) -> Desk:
    tools = line.tools
    if tools.desk is None:
        raise Unavailable(tools.refused or f"Node unreachable: {tools.node.error or 'no answer yet'}")
    return tools.desk


async def _plays(store: Store, desk: Desk) -> dict[str, list[str]]:
    """Return the creators of the catalogue by the address that signs for them."""
    plays: dict[str, list[str]] = {}
    for creator in await store.creators():
        address = desk.signers.address_for(creator.address)
        if address is not None:
            plays.setdefault(address, []).append(creator.address)
    for address in desk.signers.addresses():
        plays.setdefault(address, [])
    return plays


async def slots(store: Store, line: Line, signer: str, *, carries: bool = True) -> Window:
    """Return the window of a lane; one that has rows can be shown whoever signs now, and while no node answers.

    Where nothing is carried, nothing can be done to a slot by hand either.
    """
    tools, rows = line.tools, await find(store, line, signer)
    account = await _account(line, signer)
    confirmed = account.nonce if account else None
    judge = Judge(confirmed, tools.clock.now(), tools.limits.stuck_after)
    drawn = window(rows, judge, tools.limits.window, line.lanes.held(signer))
    ground = byhand.ground(tools, tools.desk, rows.record, confirmed, line.lanes.holds(signer))
    ground = ground if carries else replace(ground, rests=NOT_CARRIED)
    return with_choices(drawn, rows.record, ground, lambda slot: _known_fee(tools.desk, slot))


def _known_fee(desk: Desk | None, slot: Slot) -> int:
    return desk.known_fee(slot.current) if desk else 0


async def find(store: Store, line: Line, signer: str) -> LaneRows:
    """Return the rows of a signer's lane; NotFound for no signer of ours."""
    rows = await store.lane_rows(signer) if storable(signer) else None
    if rows is None or (not rows.known and signer not in await _plays(store, _desk(line))):
        raise NotFound(f"There is no signer {signer}: see batchdeck signers")
    return rows


async def _account(line: Line, signer: str) -> Account | None:
    """Return the account as it was last heard of; a node that is away isn't waited for."""
    node = line.tools.node
    heard = node.accounts.get(signer)
    return (await node.account(signer) if node.reachable else None) or heard
