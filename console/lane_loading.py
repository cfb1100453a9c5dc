"""Loading the lanes: every signer, and the window of the one that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.reports import Health, SignerInfo
from engine.core.window import Window
from engine.door import Engine
from engine.errors import NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class LanePicture:
    """The lanes as they are now; ``why`` says why nobody was asked afresh. ``window`` is of the lane asked for."""

    lanes: tuple[SignerInfo, ...]
    health: Health
    window: Window | None = None
    why: str | None = None


async def load(engine: Engine, wanted: str | None) -> LanePicture:
    """Return the lanes, with the window of the wanted one, or of the first; while no node answers, as last heard."""
    why = None
    try:
        lanes = tuple(await engine.signers())
    except Unavailable as lost:
        lanes, why = (await engine.changes("")).lanes, str(lost)
    shown = next((one.address for one in lanes if one.address == wanted), lanes[0].address if lanes else None)
    return LanePicture(lanes, await engine.health(), await _window(engine, shown), why)


async def _window(engine: Engine, signer: str | None) -> Window | None:
    if signer is None:
        return None
    try:
        return await engine.slots(signer)
    except NotFound:
        return None  # its key was taken away while it was asked about
