"""The runs of `make faults`: every crash point, random moments, every fault kind, and five planted bugs. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from engine.crash import POINTS
from tests.faults.planted import PLANTS
from tests.faults.scenario import Act, Life, Scenario, creator

FORMS = ("seconds", "date", "reset", "none")
BAD_DAYS: tuple[tuple[str, ...], ...] = (
    ("latency=0.03", "429=seconds@0.1", "503@0.1", "502-after@0.1"),
    ("429=date@0.1", "hang-before=2@0.1", "reset-before@0.1", "lost-after@0.1"),
    ("429=reset@0.1", "hang-after=2@0.1", "reset-after@0.1", "conflict-after@0.1"),
    ("429=none@0.1", "drop@0.3", "estimator@0.1", "server-failure@0.1", "forgets-mined"),
    ("429-reads@0.1", "api-lag=2", "lost-after@0.2", "conflict-after@0.2"),
)
"""Switches that stand together; each form of Retry-After has a day of its own, for a switch has one value."""
TENTH = tuple(
    f"{name}@0.1"
    for name in (
        "429", "429-reads", "503", "502-after", "hang-before=2", "hang-after=2", "reset-before", "reset-after",
        "lost-after", "conflict-after", "drop", "estimator", "server-failure",
    )
)  # fmt: skip
REFUSED = Act(0, "faults", {"refuse": {"value": "Deserialization", "count": 1}})
DEARER = Act(0, "faults", {"market": {"value": "3000"}, "no-estimator": {}})
OFTEN = ("apply", "post", "answer")
"""Points that a life passes several times."""
FIRST: dict[str, str] = {"doubt-before-commit": "post-before", "doubt-after-commit": "sign-after-commit"}
"""Points that mean something only after a death at another one."""


def point_lives(seed: int, names: Sequence[str]) -> tuple[Life, ...]:
    """Return a life for each crash point, in any order, at any of its first passings."""
    chance = random.Random(seed)
    lives: list[Life] = []
    for name in chance.sample(names, len(names)):
        if name in FIRST:
            lives.append(Life(point=FIRST[name]))
        lives.append(_aimed(name, chance.choice((1, 1, 2, 3))))
    return tuple(lives)


def _aimed(name: str, passing: int) -> Life:
    if name.startswith("fill"):
        return Life(point=name, acts=(REFUSED,), orders=2)
    acts = (DEARER,) if name.startswith("replace") else ()
    return Life(point=f"{name}:{passing}" if name.startswith(OFTEN) else name, acts=acts)


def random_lives(seed: int, count: int, *acts: Act, orders: int = 1) -> tuple[Life, ...]:
    """Return lives that end at random moments, each with the acts moved to random moments of it."""
    chance = random.Random(seed)
    return tuple(
        Life(
            seconds=(seconds := chance.uniform(0.1, 2.0)),
            acts=tuple(replace(act, at=chance.uniform(0, seconds)) for act in acts),
            orders=orders,
        )
        for _ in range(count)
    )


def points(number: int, shift: int = 0, names: Sequence[str] = tuple(POINTS)) -> Scenario:
    """Return a run that dies at crash points, on a mildly bad day."""
    seed, faults = shift + number, BAD_DAYS[number % len(BAD_DAYS)][:2]
    return Scenario(f"points-{number}", seed, faults, point_lives(seed, names), closing=True)


def bad_day(number: int, shift: int = 0, kills: int = 8) -> Scenario:
    """Return a run that dies at random moments, on a bad day."""
    seed, faults = shift + number, BAD_DAYS[number % len(BAD_DAYS)]
    return Scenario(f"random-{number}", seed, faults, random_lives(seed, kills))


def switch(name: str, value: object = "") -> Act:
    """Return the setting of a switch."""
    return Act(0, "faults", {name: {"value": str(value)}})


def kinds(shift: int = 0) -> list[Scenario]:
    """Return the runs about one kind of trouble each."""
    stranger = Act(0, "foreign", {"creator": creator(0)})
    overtaken = (Life(seconds=2.5, acts=(switch("stall", 1.2), replace(stranger, at=0.8))), Life(seconds=0.5))
    deep = {"CONFIRMATIONS": "3"}
    ended = (replace(switch("stall", 1.5), at=9), Act(9, "reorg", {"blocks": 3}), replace(stranger, at=9))
    back = [Act(0, "reorg", {"blocks": blocks}) for blocks in (1, 2, 3)]
    pause, resume = Act(0.3, "contract", {"paused": True}), Act(1.2, "contract", {"paused": False})
    return [
        Scenario("reorg", shift + 21, lives=random_lives(shift + 21, 6, *back), settings={"CONFIRMATIONS": "1"}),
        Scenario("reorg-deep", shift + 22, lives=random_lives(shift + 22, 6, *back), settings=deep),
        Scenario(
            "stall", shift + 23, ("latency=0.02",), random_lives(shift + 23, 4, switch("stall", 1), switch("down", 1))
        ),
        Scenario("lag", shift + 24, ("api-lag=3",), random_lives(shift + 24, 4), settings={"CONFIRMATIONS": "2"}),
        Scenario("drop", shift + 25, ("drop@0.5",), random_lives(shift + 25, 4, switch("stall", 1))),
        Scenario("plain-node", shift + 26, ("no-api",), random_lives(shift + 26, 3)),
        Scenario(
            "mixed",
            shift + 27,
            lives=(*random_lives(shift + 27, 3), Life(acts=(pause, resume), orders=3)),
            first=8,
            mixed=True,
        ),
        Scenario("refusals", shift + 28, lives=random_lives(shift + 28, 5, REFUSED), closing=True),
        Scenario(
            "market", shift + 29, ("no-estimator",), random_lives(shift + 29, 3, switch("market", 4000)), patience=60
        ),
        Scenario(
            "dear-blocks", shift + 30, ("no-estimator", "mining-fee=6000"), random_lives(shift + 30, 3), patience=60
        ),
        Scenario(
            "reorg-foreign",
            shift + 32,
            lives=random_lives(shift + 32, 5, *back[:2], stranger),
            patience=60,
            settings=deep,
        ),
        Scenario("reorg-past", shift + 35, lives=(Life(acts=ended),) * 5, patience=60, closing=True, block_seconds=0.6),
        Scenario("foreign", shift + 31, lives=random_lives(shift + 31, 4, stranger), patience=60),
        Scenario("overtaken", shift + 33, lives=overtaken * 3, patience=60),
        Scenario(
            "patience",
            shift + 34,
            lives=random_lives(shift + 34, 5, switch("down", 4)),
            settings={"CHAIN_PATIENCE": "1"},
        ),
    ]


def hundred(shift: int = 0) -> Scenario:
    """Return 100 items through a node with 10 % of each fault: they all end confirmed."""
    return Scenario(
        "hundred", shift + 41, TENTH, creators=2, contents=50, first=2, size=50, expected="confirmed", patience=400
    )


def thousand(shift: int = 0) -> Scenario:
    """Return 1,000 items over 10 batches and 3 signers: under random kills they end as they do in peace."""
    lives = random_lives(shift + 42, 12, orders=0)
    return Scenario(
        "thousand", shift + 42, lives=lives, creators=3, contents=100, first=10, size=100, twin=True,
        expected="confirmed", patience=300,
    )  # fmt: skip


def planted() -> list[Scenario]:
    """Return the runs that must be found guilty, each with one planted bug."""
    slow = ("hang-after=3x3",)
    quick = {"CHAIN_TIMEOUT": "0.5"}
    die = Life(point="sign-before-commit", orders=0, then=1.0)
    guilty = ("duplicate", "duplicate", "wrong outcome", "hole", "wrong outcome")
    found = {
        "post-before-store": Scenario("", 51, lives=(die,), creators=1),
        "new-nonce-after-time-out": Scenario("", 52, slow, creators=1, settings=quick),
        "time-out-called-off-chain": Scenario("", 53, slow, creators=1, settings=quick, closing=True),
        "hole-left": Scenario("", 54, ("refuse=Deserializationx1",), creators=1),
        "order-turned-round": Scenario("", 55, creators=1, first=3, size=8),
    }
    return [
        replace(found[plant], name=plant, plant=plant, guilty=kind, patience=10)
        for plant, kind in zip(PLANTS, guilty, strict=True)
    ]


def sound() -> list[Scenario]:
    """Return the runs of the planted bugs without the bugs, which must be clean."""
    return [replace(one, name=f"without-{one.name}", plant=None, patience=60) for one in planted()]


def short(shift: int = 0) -> list[Scenario]:
    """Return what CI runs: every crash point once, a few random moments, and the planted bugs."""
    names = list(POINTS)
    return [
        points(1, shift, names[::2]),
        points(2, shift, names[1::2]),
        bad_day(2, shift, kills=4),
        *planted(),
    ]


def full(shift: int = 0) -> list[Scenario]:
    """Return all runs: at least 200 kills, at least ten of them at each crash point. ``shift`` is other chances."""
    return [
        hundred(shift),
        thousand(shift),
        *(points(number, shift) for number in range(1, 11)),
        *(bad_day(number, shift) for number in range(len(BAD_DAYS))),
        *kinds(shift),
        *sound(),
        *planted(),
    ]
