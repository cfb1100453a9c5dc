"""What doctor found out, as frozen facts, and what it makes of them: a finding for each part.

Facts are gathered by `look_*` and judged by `judge_*`; no judgement does I/O, so each can be tested for every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from engine.core.chain import Account, NodeInfo
from engine.node.lookup import Way
from engine.store.condition import Found
from engine.store.inventory import Inventory

Version = tuple[int, ...]


class State(StrEnum):
    """How a part is; a warning is for an operator to know, not a reason to fail."""

    OK = "ok"
    WARNING = "warning"
    UNWELL = "unwell"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: how it is, what was seen, and what to do (empty when there is nothing to do)."""

    part: str
    state: State
    said: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where this process runs; ``hashes`` tells who computes each, None for one that comes out wrong."""

    python: Version
    sqlite: Version
    hashes: Mapping[str, str | None]
    memory_used: int
    memory_there: int
    memory_share: float


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the console would draw on."""

    interactive: bool
    kind: str
    columns: int
    lines: int
    encoding: str
    colour: bool


@dataclass(frozen=True, slots=True)
class LogFacts:
    """Where the log of the console and the commands goes, and why it can't be written there."""

    path: Path
    problem: str | None


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """The file of the database; ``holds`` is None when it can't be read; ``seconds`` is how long the look took."""

    path: Path
    found: Found
    default_place: bool = False
    folder_there: bool = True
    writable: bool = True
    owner: int | None = None
    size: int = 0
    log_size: int = 0
    journal: str = ""
    free: int = 0
    seconds: float = 0.0
    holds: Inventory | None = None

    def fact(self, name: str) -> str | None:
        """Return what the database keeps under this name about itself."""
        return self.holds.facts.get(name) if self.holds else None


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One node; each ``_error`` is why it didn't answer that question.

    ``functions`` are the public ones of the contract, None when it isn't there or couldn't be asked for.
    """

    name: str
    info: NodeInfo | None = None
    info_error: str = ""
    way: Way | None = None
    way_error: str = ""
    contract: str | None = None
    functions: frozenset[str] | None = None
    contract_error: str = ""


@dataclass(frozen=True, slots=True)
class SimulatedFacts:
    """The file of the simulated chain inside an engine; ``problem`` is why it can't be read."""

    path: Path
    id: str | None = None
    network: str = ""
    tip: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SignerFacts:
    """One signer; its account is None when no node told it."""

    address: str
    account: Account | None = None
    creators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeysFacts:
    """The signers; ``problem`` is why their file can't be used, ``notes`` are what to know about single keys."""

    file: Path | None = None
    mode: int | None = None
    problem: str | None = None
    notes: tuple[str, ...] = ()
    signers: tuple[SignerFacts, ...] = ()
    unsigned: tuple[str, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class SecretFacts:
    """A file with a secret that a setting names, why it can't be used, and that others may read it where they may."""

    setting: str
    path: Path
    problem: str | None
    exposed: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """What the settings say of the chain, and what its nodes or its file say."""

    network: str
    network_id: int
    contract: str | None
    patience: float
    nodes: tuple[NodeFacts, ...] = ()
    simulated: SimulatedFacts | None = None


@dataclass(frozen=True, slots=True)
class Checkup:
    """The whole examination, in the order in which it is printed."""

    findings: tuple[Finding, ...] = field(default=())

    @property
    def well(self) -> bool:
        """Tell whether no part is unwell."""
        return all(finding.state is not State.UNWELL for finding in self.findings)
