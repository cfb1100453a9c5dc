"""Draws the README's picture of the states from the table: ``python -m tests.core.picture``."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from engine.core.lifecycle import ENDS, TRANSITIONS
from engine.core.model import ItemState

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)


def mermaid() -> str:
    """Return the table as a Mermaid state diagram, one arrow for each pair of states."""
    arrows: dict[tuple[ItemState, ItemState], list[str]] = defaultdict(list)
    for state, row in TRANSITIONS.items():
        for event, target in row.items():
            arrows[state, target].append(event.__name__)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_name(ItemState.QUEUED)}"]
    lines += [f"    {_name(one)} --> {_name(two)}: {', '.join(names)}" for (one, two), names in arrows.items()]
    lines += [f"    {_name(state)} --> [*]" for state in ItemState if state in ENDS]
    return "\n".join([*lines, "```", ""])


def _name(state: ItemState) -> str:
    return state.value.replace("-", "_")


if __name__ == "__main__":
    README.write_text(BLOCK.sub(lambda _: mermaid(), README.read_text()))
