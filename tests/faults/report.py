"""What a run came to: kills, faults, findings, and the state of everything at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults.audit import Finding, Kind
from tests.faults.evidence import Evidence
from tests.faults.scenario import Scenario


@dataclass
class Report:
    """What a run came to; ``final`` is the state of everything by names that do not change from run to run."""

    scenario: Scenario
    kills: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    final: dict[str, object] = field(default_factory=dict)
    seconds: float = 0.0


def final_state(found: Evidence) -> dict[str, object]:
    """Return outcomes, catalogue and chain contents by names that are the same in every run of the same orders."""
    outcomes = {f"outcome of {item.key}/{item.content}": item.state for item in found.items}
    catalogue = {f"catalogue of {content}": value for content, value in found.catalogue.items()}
    return {**outcomes, **catalogue, **{f"chain of {key}": value for key, value in found.chain.contents.items()}}


def unlike(disturbed: Mapping[str, object], peaceful: Mapping[str, object]) -> list[Finding]:
    """Return where a disturbed run ended otherwise than a peaceful one."""
    names = sorted({*disturbed, *peaceful})
    pairs = [(name, disturbed.get(name), peaceful.get(name)) for name in names]
    return [Finding(Kind.WRONG, f"{name}: {mine}, in peace {its}") for name, mine, its in pairs if mine != its]
