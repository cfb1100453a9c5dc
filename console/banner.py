"""PURE: what the header says at every width: network, simulation, screen and database before anything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rich.cells import cell_len

from console.text import display_text, glyphs, middle
from engine.core.reports import Health
from engine.core.summary import Thresholds

_SHORT = 12
_LEAST = 8
"""Cells below which the name of a database says nothing."""
_FOLDERS = 40
Part = tuple[str, str]
"""Text and the name of how it looks: ``product``, ``here``, ``path``, ``mainnet``, ``network``, ...."""


@dataclass(frozen=True, slots=True)
class Banner:
    """What is known of the engine before it is opened; ``embedded``: work stops when the console ends.

    ``demo``: nothing but the demo opens its database.

    ``database`` and ``chain`` are names to show, without secrets; ``reader`` is the token that may only read, if any.
    """

    network: str
    chain: str
    database: str
    simulated: bool = False
    read_only: bool = False
    reader: str = ""
    version: str = ""
    embedded: bool = True
    demo: bool = False
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def refusal(self) -> str:
        """Why a read-only console changes nothing."""
        if self.reader:
            return f"The token {self.reader} may only read: start with another --token-file to change anything"
        return "This console is read-only: start it without --read-only to change anything"

    @property
    def mainnet(self) -> bool:
        """Tell whether real money is at stake."""
        return self.network == "mainnet"


def told(banner: Banner, health: Health) -> Banner:
    """Return the banner as the engine says it is: a node elsewhere may be simulated, an engine there another one."""
    if banner.embedded:
        return replace(banner, simulated=True) if health.simulated and not banner.simulated else banner
    return replace(banner, network=health.network, chain=health.chain, simulated=health.simulated)


def header_parts(banner: Banner, path: Sequence[str], state: str, width: int) -> tuple[list[Part], list[Part]]:
    """Return the left and the right part of the header line, as much of it as ``width`` cells can hold.

    What goes first when it is narrow: the chain's name, the version, the product, the folders of the database, the
    way to the screen; then the database's own name is shortened, and last left out. Never the screen's own name.
    """
    network = banner.network.upper()
    must = [(f" {network} ", "mainnet" if banner.mainnet else "network")]
    if banner.simulated:
        must.append((" SIMULATED ", "simulated"))
    if banner.read_only:
        must.append((" READ-ONLY ", "read-only"))
    must.append((f" {state} ", state.split()[0]))
    room = width - _length(must)
    named = _reserved(cell_len(_name(banner)) + 2, room - min(cell_len(display_text(path[-1])), _SHORT) - 2)
    here = _path(path, room - named)
    left = _product(banner, room - named - _length(here))
    right, room = _database(banner, room - _length(here) - _length(left))
    if banner.chain and not banner.simulated and room > len(banner.chain) + 2:
        right = [(f"{display_text(banner.chain)}  ", "muted"), *right]
    return [*left, *here], [*right, *must]


def _reserved(wanted: int, room: int) -> int:
    """Return the cells that the database's own name keeps: what it wants, what there is, or none if it said nothing."""
    return min(wanted, room) if room >= min(wanted, _LEAST) else 0


def _path(path: Sequence[str], room: int) -> list[Part]:
    """Write the path whole if it fits, else with short parts, else only where we are."""
    for before, longest in ((path[:-1], room), (path[:-1], _SHORT), ((), max(_SHORT, room - 2))):
        crumbs = [(f"{middle(part, longest)} {glyphs().cursor} ", "path") for part in before]
        parts = [(" ", "path"), *crumbs, (f"{middle(path[-1], longest)} ", "here")]
        if _length(parts) <= room:
            return parts
    return parts


def _product(banner: Banner, room: int) -> list[Part]:
    names = (f" Batchdeck {banner.version} ", " Batchdeck ")
    return next(([(name, "product")] for name in names if len(name) <= room), [])


def _name(banner: Banner) -> str:
    return display_text(banner.database).rpartition("/")[2]


def _database(banner: Banner, room: int) -> tuple[list[Part], int]:
    own = cell_len(_name(banner))
    if room < min(own + 2, _LEAST):
        return [], room
    name = _ending(display_text(banner.database), min(max(_FOLDERS, own), room - 2))
    return [(f"{name}  ", "muted")], room - cell_len(name) - 2


def _ending(path: str, room: int) -> str:
    """Keep as many of the last parts of a path as fit: a file is known by its end."""
    if cell_len(path) <= room:
        return path
    parts = path.split("/")
    for at in range(1, len(parts)):
        short = f"{glyphs().ellipsis}/{'/'.join(parts[at:])}"
        if cell_len(short) <= room:
            return short
    return middle(parts[-1], room)


def _length(parts: Sequence[Part]) -> int:
    return sum(cell_len(text) for text, _ in parts)
