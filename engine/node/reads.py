"""Questions to a node and the reading of their answers, except for broadcast and look-up. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TypeVar
from urllib.parse import quote

from engine.core.content_story import OnChain
from engine.core.operations import Call
from engine.node.answers import U64, Answer, from_hex, mapping, number, string, unreadable
from engine.node.wire import Question
from engine.node.wording import clean, foreseen
from engine.ports import Account, CantTell, NodeInfo, NodeUnreachable
from engine.stacks import clarity, parse_contract, payload_bytes

DEVNET = "batchdeck-devnet"
NO_ESTIMATE = (400, 404, 405, 410, 501)
REGISTER = 1000
T = TypeVar("T")
INFO = Question("GET", "/v2/info")
INFO_FUNCTION = "get-content-info"
"""The contract's read-only function that tells what it has of a content."""
DEVNET_INFO = Question("GET", "/devnet/info")


def fields(answer: Answer) -> dict[str, object]:
    """Return the JSON object of a good answer; NodeUnreachable for every other status."""
    if answer.status != 200:
        raise NodeUnreachable(answer.closed, answer.wait)
    return dict(answer.object())


def read_info(answer: Answer) -> NodeInfo:
    """Read /v2/info."""
    told = fields(answer)
    version = clean(string(told, "server_version"))
    return NodeInfo(number(told, "network_id", 2**32 - 1), number(told, "stacks_tip_height"), version)


def read_devnet(answer: Answer) -> tuple[str, str]:
    """Read /devnet/info: the id of the simulated chain and its contract."""
    told = fields(answer)
    contract = string(told, "contract")
    try:
        parse_contract(contract)
    except ValueError as wrong:
        raise unreadable("contract", contract) from wrong
    return clean(string(told, "id")), contract


def ask_account(address: str) -> Question:
    """Ask for an account without its proof."""
    return Question("GET", f"/v2/accounts/{quote(address, safe='')}", (("proof", "0"),))


def read_account(answer: Answer) -> Account:
    """Read an account: the next nonce, the balance from its hex."""
    told = fields(answer)
    return Account(number(told, "nonce"), from_hex(told.get("balance"), "balance"))


def ask_interface(contract: str) -> Question:
    """Ask which functions a contract has."""
    address, _, name = contract.partition(".")
    return Question("GET", f"/v2/contracts/interface/{quote(address, safe='')}/{quote(name, safe='')}")


def read_interface(answer: Answer) -> frozenset[str] | None:
    """Return the names of the public functions; None when there is no such contract."""
    if answer.status == 404:
        return None
    told = fields(answer).get("functions")
    if not isinstance(told, list):
        raise unreadable("functions", told)
    listed = [mapping(function, "function") for function in told]
    return frozenset(string(function, "name") for function in listed if function.get("access") == "public")


def ask_fee(contract: str, call: Call, length: int) -> Question:
    """Ask for fee estimates of a call whose signed transaction has ``length`` bytes."""
    payload = payload_bytes(contract, call.function, call.args).hex()
    return Question("POST", "/v2/fees/transaction", json={"transaction_payload": payload, "estimated_len": length})


def read_fee(answer: Answer) -> int | None:
    """Return the middle of low, middle and high; None from a node that can't tell."""
    if answer.status in NO_ESTIMATE:
        return None
    estimates = fields(answer).get("estimations")
    if not isinstance(estimates, list) or len(estimates) != 3:
        raise unreadable("estimations", estimates)
    return number(mapping(estimates[1], "estimation"), "fee", U64)


def ask_preflight(contract: str, call: Call, sender: str) -> Question:
    """Ask the node to run a call until it would write."""
    address, _, name = contract.partition(".")
    path = "/".join(quote(part, safe="") for part in (address, name, call.function))
    arguments = ["0x" + clarity.serialize(argument).hex() for argument in call.args]
    return Question("POST", f"/v2/contracts/call-read/{path}", json={"sender": sender, "arguments": arguments})


def read_preflight(answer: Answer) -> str | None:
    """Return why a call would abort; None when it came to its first write, or ended well without any.

    A cost that is passed before any write says nothing of the call: the limits of call-read are below a block's.
    """
    if answer.status != 200:
        raise CantTell(answer.closed)
    told = fields(answer)
    if told.get("okay") is True:
        return _result(string(told, "result"))
    if told.get("okay") is not False:
        raise unreadable("okay", told.get("okay"))
    cause = string(told, "cause")
    if "NotReadOnly" in cause:
        return None
    if "CostBalanceExceeded" in cause:
        raise CantTell(f"The node's limit for trying calls is too low for this one ({clean(cause)})")
    return f"the contract can't run this call ({clean(cause) or 'the node gives no reason'}): check CONTRACT"


def _result(text: str) -> str | None:
    try:
        value = clarity.deserialize(bytes.fromhex(text.removeprefix("0x")))
    except ValueError as wrong:
        raise unreadable("result", text) from wrong
    return foreseen(clarity.to_repr(value)) if isinstance(value, clarity.Err) else None


def ask_content(contract: str, on_chain_id: int) -> Question:
    """Ask the contract what it has of a content."""
    address, _, _ = contract.partition(".")
    return ask_preflight(contract, Call(INFO_FUNCTION, (clarity.UInt(on_chain_id),)), address)


def read_content(answer: Answer) -> OnChain | None:
    """Read ``(optional {creator: principal, price: uint, ...})``; None when the contract has no such content."""
    if answer.status != 200:
        raise CantTell(answer.closed)
    said = fields(answer)
    if said.get("okay") is not True:
        cause = clean(string(said, "cause")) or "the node gives no reason"
        raise CantTell(f"The contract can't tell what it has by {INFO_FUNCTION} ({cause})")
    text = string(said, "result")
    try:
        value = clarity.deserialize(bytes.fromhex(text.removeprefix("0x")))
    except ValueError as wrong:
        raise unreadable("result", text) from wrong
    if isinstance(value, clarity.Nothing):
        return None
    match value:
        case clarity.Some(clarity.Tuple(entry)):
            told = dict(entry)
            creator, price = told.get("creator"), told.get("price")
            if isinstance(creator, clarity.Principal) and isinstance(price, clarity.UInt):
                return OnChain(creator.value, price.value)
    raise CantTell(f"The contract's {INFO_FUNCTION} tells no creator and price: {clean(clarity.to_repr(value))}")


def ask_register(contents: Sequence[tuple[int, str, int]], accounts: Sequence[str]) -> Iterator[Question]:
    """Make contents and accounts known to the simulated chain, a thousand of each at a time."""
    for rows, some in zip_longest(_chunks(contents), _chunks(accounts), fillvalue=()):
        body = {"contents": [list(row) for row in rows], "accounts": list(some)}
        yield Question("POST", "/devnet/register", json=body)


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), REGISTER):
        yield rows[start : start + REGISTER]
