"""The pay-per-view contract, modelled: its two functions, its rules and its error codes (FACTS.md section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.devnet.ledger import OnChain
from engine.stacks import ContractCall, Transfer, clarity

UNAUTHORISED, UNKNOWN, PAUSED = 401, 404, 507


@dataclass(frozen=True, slots=True)
class World:
    """What the contract sees: who calls, who owns it, whether it is paused, and its map of contents."""

    sender: str
    owner: str
    paused: bool
    content: Callable[[int], OnChain | None]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call returns, and what it writes when the result is ok."""

    result: clarity.Value
    content_id: int | None = None
    content: OnChain | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the call took effect."""
        return isinstance(self.result, clarity.Ok)


def update_price(world: World, content_id: int, price: int) -> Effect:
    """``(update-content-price (content-id uint) (new-price uint))``: the creator alone."""
    found = _find(world, content_id)
    if isinstance(found, Effect):
        return found
    if world.sender != found.owner:
        return _error(UNAUTHORISED)
    return Effect(clarity.Ok(clarity.Bool(True)), content_id, replace(found, price=price))


def remove(world: World, content_id: int) -> Effect:
    """``(remove-content (content-id uint))``: the creator or the contract's owner."""
    found = _find(world, content_id)
    if isinstance(found, Effect):
        return found
    if world.sender not in (found.owner, world.owner):
        return _error(UNAUTHORISED)
    return Effect(clarity.Ok(clarity.Bool(True)), content_id, replace(found, removed=True))


def get_price(world: World, content_id: int) -> Effect:
    """``(get-content-price (content-id uint))``: read-only."""
    found = world.content(content_id)
    if found is None or found.removed:
        return _error(UNKNOWN)
    return Effect(clarity.Ok(clarity.UInt(found.price)))


def get_info(world: World, content_id: int) -> Effect:
    """``(get-content-info (content-id uint))``: read-only; what the contract has, if it has it."""
    found = world.content(content_id)
    if found is None or found.removed:
        return Effect(clarity.Nothing())
    entry = {"creator": clarity.Principal(found.owner), "price": clarity.UInt(found.price)}
    return Effect(clarity.Some(clarity.Tuple(entry)))


PUBLIC: Mapping[str, Callable[..., Effect]] = {"update-content-price": update_price, "remove-content": remove}
READ_ONLY: Mapping[str, Callable[..., Effect]] = {"get-content-price": get_price, "get-content-info": get_info}
ARGUMENTS = {
    "update-content-price": ("content-id", "new-price"),
    "remove-content": ("content-id",),
    "get-content-price": ("content-id",),
    "get-content-info": ("content-id",),
}


def argument_problem(function: str, args: tuple[clarity.Value, ...]) -> str | None:
    """Say why arguments don't fit a function (all of ours are uints); None when they do."""
    wanted = ARGUMENTS[function]
    if len(args) != len(wanted):
        return f"IncorrectArgumentCount({len(wanted)}, {len(args)})"
    for name, arg in zip(wanted, args, strict=True):
        if not isinstance(arg, clarity.UInt):
            return f"TypeValueError(uint, {clarity.to_repr(arg)}) for {name}"
    return None


def called(payload: ContractCall | Transfer) -> str:
    """Name what a transaction runs, as the fee estimator keeps its experience by it."""
    return f"{payload.contract}.{payload.function}" if isinstance(payload, ContractCall) else "stx-transfer"


def call(world: World, function: str, args: tuple[clarity.Value, ...]) -> Effect:
    """Run a function whose arguments fit."""
    numbers = [arg.value for arg in args if isinstance(arg, clarity.UInt)]
    return ({**PUBLIC, **READ_ONLY})[function](world, *numbers)


def _find(world: World, content_id: int) -> OnChain | Effect:
    if world.paused:
        return _error(PAUSED)
    found = world.content(content_id)
    return _error(UNKNOWN) if found is None or found.removed else found


def _error(code: int) -> Effect:
    return Effect(clarity.Err(clarity.UInt(code)))


def holds(condition: bytes) -> bool:
    """Tell whether a post-condition holds after a call of this contract, which moves no asset at all.

    The last byte is an NFT's code (10 sent); else the code stands before eight bytes of amount (FACTS.md section 1).
    """
    if condition[0] == _NFT:
        return condition[-1] != _SENT
    code, amount = condition[-9], int.from_bytes(condition[-8:])
    return _FUNGIBLE[code](amount)


_NFT, _SENT = 2, 0x10
_FUNGIBLE: Mapping[int, Callable[[int], bool]] = {
    1: lambda amount: amount == 0,
    2: lambda amount: False,
    3: lambda amount: amount == 0,
    4: lambda amount: amount > 0,
    5: lambda amount: True,
}
