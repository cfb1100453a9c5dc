"""What a doctor asks a node: how it tells of transactions, and what a contract can do."""

from __future__ import annotations

import pytest

from engine.node.lookup import Way
from engine.ports import NodeUnreachable
from tests.node.loopback import CONTRACT, both, ok, text

MULTIPLE = "/extended/v1/tx/multiple"
ABSENT = ok({"statusCode": 404, "error": "Not Found", "message": "could not find transaction"}, 404)
INTERFACE = f"/v2/contracts/interface/{CONTRACT.replace('.', '/')}"


@pytest.mark.parametrize(
    ("routes", "way"),
    [
        ({MULTIPLE: ok({f"0x{'0' * 64}": {"found": False}})}, Way.API_MANY),
        ({"/extended/v3/*": ABSENT}, Way.API_V3),
        ({"/extended/v1/tx/*": ABSENT, MULTIPLE: ok({}, 410)}, Way.API_V1),
        ({"/v3/transaction/*": text("no such transaction", 404)}, Way.INDEXED),
        ({"/v3/transaction/*": text("not implemented", 501)}, Way.PLAIN),
    ],
    ids=lambda value: value.name if isinstance(value, Way) else "",
)
async def test_the_best_way_is_found_by_asking(routes: dict[str, object], way: Way) -> None:
    """A transaction that nobody made is enough to learn which routes there are."""
    async with both() as (server, node):
        # The longest path first: the more general one would answer for it.
        server.routes |= dict(sorted(routes.items(), key=lambda route: route[0] != MULTIPLE))  # type: ignore[arg-type]
        assert await node.way() is way


async def test_a_node_that_answers_nothing_has_no_way() -> None:
    """A complaint is not a way."""
    async with both() as (server, node):
        server.routes[MULTIPLE] = text("out of order", 500)
        with pytest.raises(NodeUnreachable):
            await node.way()


async def test_a_contract_tells_its_public_functions() -> None:
    """What reads only isn't public; a contract that isn't there is no error."""
    functions = [
        {"name": "update-content-price", "access": "public", "args": []},
        {"name": "get-content", "access": "read_only", "args": []},
        {"name": "add", "access": "private", "args": []},
    ]
    async with both() as (server, node):
        assert await node.functions(CONTRACT) is None
        server.routes[INTERFACE] = ok({"functions": functions, "maps": []})
        assert await node.functions(CONTRACT) == {"update-content-price"}


@pytest.mark.parametrize("answer", [ok([]), ok({"functions": 1}), ok({"functions": [1]}), text("no", 500)], ids=str)
async def test_an_interface_that_can_not_be_read_is_no_contract_and_no_absence(answer: object) -> None:
    """Nonsense is the node's fault, said as such."""
    async with both() as (server, node):
        server.routes[INTERFACE] = answer  # type: ignore[assignment]
        with pytest.raises(NodeUnreachable):
            await node.functions(CONTRACT)
