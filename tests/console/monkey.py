"""PURE: what a seeded monkey does to a console: keys, texts, pastes, clicks and sizes, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from console import actions
from console.widgets.table_keys import BOUND
from tests.console.hostile import CORPUS

SIZES = ((80, 24), (120, 40), (200, 60), (60, 15), (24, 6), (81, 25))
TEXTS = (
    "1.5stx",
    "+10%",
    "0",
    "film-0001, film-0002, film-0003",
    "film-1",
    "type:video",
    "price:>2stx",
    "!off-chain",
    "9" * 30,
)
MOVES = ("tab", "shift+tab", "enter", "enter", "escape", "backspace", "left", "right", "ctrl+u", "space")
LEAVING = ("app.quit", "app.suspend", "batches.demo", "batches.connect")
"""What ends the console: it has a share of its own, or nothing else would ever be reached."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does: ``keys`` in one burst, ``paste``, ``click`` at shares of the screen, ``size``."""

    kind: str
    what: tuple[str, ...] = ()
    at: tuple[float, float] = (0, 0)

    def __str__(self) -> str:
        if self.kind == "click":
            return f"click {self.at[0]:.3f} {self.at[1]:.3f}"
        return f"{self.kind} {' '.join(map(ascii, self.what))}"


def steps(seed: int) -> Iterator[Step]:
    """Return steps without end, the same ones for the same seed."""
    random = Random(seed)
    known = actions.every_screen().values()
    bound = [key for one in known if one.id not in LEAVING for key in one.keys.split(",") if key]
    table = [key for keys, _ in BOUND for key in keys.split(",")]
    kinds = {"bound": 40, "table": 22, "move": 16, "text": 7, "paste": 4, "click": 9, "size": 1.5, "quit": 0.08}
    while True:
        (kind,) = random.choices(list(kinds), list(kinds.values()))
        if kind == "click":
            yield Step("click", at=(random.random(), random.random()))
        elif kind == "size":
            yield Step("size", tuple(map(str, random.choice(SIZES))))
        elif kind == "paste":
            yield Step("paste", (random.choice((*CORPUS, *TEXTS)),))
        elif kind == "text":
            yield Step("keys", tuple(random.choice(TEXTS)))
        elif kind == "quit":
            yield Step("keys", (random.choice(("q", "ctrl+q")),))
        else:
            keys = {"bound": bound, "table": table, "move": MOVES}[kind]
            yield Step("keys", tuple(random.choice(keys) for _ in range(random.choice((1, 1, 1, 2, 3)))))
