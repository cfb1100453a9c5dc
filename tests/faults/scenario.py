"""What a run is to be: batches, engine processes and how each ends, and what the node does meanwhile. Pure, by seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from engine.stacks import address

HURRIED: Mapping[str, str] = {
    "CHAIN_TIMEOUT": "1",
    "CHAIN_PATIENCE": "120",
    "UNSEEN_AFTER": "1",
    "STUCK_AFTER": "2",
    "BUMP_MAX": "20",
}
"""The settings of the line that a run is given, so that waiting for a node takes seconds, not minutes."""


@dataclass(frozen=True)
class Order:
    """A batch to submit; its price is its own, so what is mined tells of itself whose call it was."""

    key: str
    creator: str
    operation: str
    ids: tuple[str, ...]
    price: int

    @property
    def arguments(self) -> list[str]:
        """Return the command that submits it; the same key never makes a second batch."""
        value = {
            "update-price": ["--price", str(self.price)],
            "remove-content": ["--reason", "gone"],
            "update-metadata": ["--set", f"title=Title {self.price}"],
        }[self.operation]
        ids = ["--ids", ",".join(self.ids)]
        return ["submit", self.operation, "--creator", self.creator, *ids, *value, "--idempotency-key", self.key]


@dataclass(frozen=True)
class Act:
    """What is done to the node so many seconds after an engine was started: a control route and its body.

    A ``creator`` in the body becomes the address of the key that plays it.
    """

    at: float
    path: str
    body: Mapping[str, object]


@dataclass(frozen=True)
class Life:
    """One engine process: it ends at a crash point (NAME:N), after some seconds, or by itself when all is done.

    ``orders`` are accepted before it starts; ``then`` are seconds in which the chain goes on without an engine.
    """

    point: str = ""
    seconds: float | None = None
    acts: tuple[Act, ...] = ()
    orders: int = 1
    then: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """A run: the batches of ``creators`` over the same ``contents`` each, and the lives that carry them.

    ``faults`` stand all the time (``NAME[=VALUE][@CHANCE][xCOUNT]``). ``mixed`` are batches of all operations.
    ``closing`` uses every lane once more at the end, on a node that behaves: what was refused at the top of a lane is
    dead only when its nonce is used. ``expected`` is the one state in which every item has to end. A ``twin`` is the
    same without faults and kills, and has to end in the same state. A ``plant`` is a bug, and ``guilty`` the kind of
    finding that it has to lead to.
    """

    name: str
    seed: int
    faults: tuple[str, ...] = ()
    lives: tuple[Life, ...] = ()
    creators: int = 2
    contents: int = 8
    first: int = 2
    size: int = 4
    mixed: bool = False
    closing: bool = False
    expected: str | None = None
    patience: float = 120.0
    block_seconds: float = 0.2
    settings: Mapping[str, str] = field(default_factory=dict)
    plant: str | None = None
    guilty: str = ""
    twin: bool = False

    @property
    def names(self) -> list[str]:
        """Return the creators' addresses."""
        return [creator(number) for number in range(self.creators)]


def creator(number: int) -> str:
    """Return the address of the n-th creator."""
    return address(bytes([number + 1]) * 20, "testnet")


def content_ids(scenario: Scenario, owner: int) -> list[str]:
    """Return the contents of the n-th creator: numbers, as the chain has them."""
    return [str(1000 * (owner + 1) + number) for number in range(scenario.contents)]


def catalogue(scenario: Scenario) -> str:
    """Return the catalogue to import, as CSV."""
    rows = [
        f"{content},{creator(owner)},Title {content},1"
        for owner in range(scenario.creators)
        for content in content_ids(scenario, owner)
    ]
    return "\n".join(("content_id,creator,title,price", *rows)) + "\n"


def orders(scenario: Scenario) -> Iterator[Order]:
    """Return the batches of a scenario without end: creators in turn, contents drawn anew for each."""
    chance = random.Random(scenario.seed)
    for number in count():
        owner = number % scenario.creators
        mine = content_ids(scenario, owner)
        operation = _operation(number) if scenario.mixed else "update-price"
        size = 1 if operation == "remove-content" else min(scenario.size, len(mine))
        yield Order(f"order-{number}", creator(owner), operation, tuple(chance.sample(mine, size)), 1000 + number)


def _operation(number: int) -> str:
    if number % 7 == 6:
        return "remove-content"
    return "update-metadata" if number % 5 == 4 else "update-price"


def closing_orders(scenario: Scenario) -> list[Order]:
    """Return one more batch for each creator."""
    return [
        Order(f"closing-{owner}", creator(owner), "update-price", tuple(content_ids(scenario, owner)), 900_000 + owner)
        for owner in range(scenario.creators)
    ]
