"""PURE: what is to be said of the nodes, the simulated chain, the contract, and what the database is bound to."""

from __future__ import annotations

from engine.checkup.facts import Chain, DatabaseFacts, Finding, NodeFacts, SimulatedFacts, State
from engine.core.chain import chain_name
from engine.node.lookup import Way

NEEDED = frozenset({"update-content-price", "remove-content"})
LAG = 3
"""Blocks that one node may be behind another."""
_UNREADABLE = (
    "a plain node without txindex: what became of a mined transaction can be unreadable there, and its item stays "
    "pending"
)


def judge_chain(chain: Chain, database: DatabaseFacts) -> list[Finding]:
    """Judge every node or the simulated chain, then the contract and the binding."""
    if chain.simulated is not None:
        return [*_simulated(chain, chain.simulated), *_bound(chain, database)]
    if not chain.nodes:
        said = "no chain configured: items with a call to make end off-chain, and can be retried later"
        return [Finding("node", State.OK, said)]
    top = max((node.info.tip_height for node in chain.nodes if node.info), default=0)
    nodes = [finding for node in chain.nodes for finding in _node(chain, node, top)]
    return [*nodes, *_contract(chain), *_bound(chain, database)]


def _simulated(chain: Chain, found: SimulatedFacts) -> list[Finding]:
    if found.problem is not None:
        return [Finding("devnet", State.UNWELL, found.problem, "move it away, or put its backup there")]
    if found.id is None:
        return [Finding("devnet", State.OK, f"simulated; the first engine will make its chain in {found.path}")]
    said = f"simulated chain {found.id}, {found.network}, tip at {found.tip}, in {found.path}"
    if found.network != chain.network:
        return [Finding("devnet", State.UNWELL, said, f"set --network {found.network}, or use another database")]
    return [Finding("devnet", State.OK, said)]


def _node(chain: Chain, node: NodeFacts, top: int) -> list[Finding]:
    if node.info is None:
        todo = f"check CHAIN_URL and the connection; items wait {chain.patience:g} s for a node, then go off-chain"
        return [Finding("node", State.UNWELL, f"{node.name} doesn't answer: {node.info_error}", todo)]
    info = node.info
    if info.network_id != chain.network_id:
        said = f"{node.name} has network id {info.network_id:#010x}, but {chain.network} has {chain.network_id:#010x}"
        return [Finding("node", State.UNWELL, said, "set NETWORK or CHAIN_URL right: an engine refuses this node")]
    said = f"{node.name}: {chain.network}, tip at {info.tip_height}, {info.version or 'no version told'}"
    if info.devnet_id:
        said += ", simulated"
    findings = [Finding("node", State.OK, said)]
    if top - info.tip_height > LAG:
        todo = "wait until it has caught up, or leave it out of CHAIN_URL"
        findings = [Finding("node", State.WARNING, f"{said}; {top - info.tip_height} blocks behind another", todo)]
    return [*findings, _way(node)]


def _way(node: NodeFacts) -> Finding:
    if node.way is None:
        todo = "name an API, or a node that has /v2/transactions/unconfirmed"
        return Finding("look-up", State.UNWELL, f"{node.name} tells of no transaction: {node.way_error}", todo)
    if node.way is Way.PLAIN:
        todo = "set txindex = true on the node, or add the address of an API to CHAIN_URL"
        return Finding("look-up", State.WARNING, f"{node.name} is {_UNREADABLE}", todo)
    return Finding("look-up", State.OK, f"{node.name}: {node.way}")


def _contract(chain: Chain) -> list[Finding]:
    """Judge the contract by the first node that could be asked."""
    asked = [node for node in chain.nodes if node.info and node.info.network_id == chain.network_id]
    if not asked:
        return []
    node = asked[0]
    if node.contract is None:
        return [Finding("contract", State.UNWELL, "none is named", "set CONTRACT to ADDRESS.NAME")]
    if node.functions is None:
        asked_in_vain = f"{node.name} didn't tell of {node.contract}: {node.contract_error}"
        said = asked_in_vain if node.contract_error else f"{node.contract} isn't on this chain"
        return [Finding("contract", State.UNWELL, said, "set CONTRACT to the pay-per-view contract of this network")]
    lacking = sorted(NEEDED - node.functions)
    if lacking:
        said = f"{node.contract} has no public function {' or '.join(lacking)}"
        return [Finding("contract", State.UNWELL, said, "set CONTRACT to a pay-per-view contract")]
    return [Finding("contract", State.OK, f"{node.contract} is there, with {' and '.join(sorted(NEEDED))}")]


def _bound(chain: Chain, database: DatabaseFacts) -> list[Finding]:
    """Compare what the database was bound to at its first use with what it meets now."""
    bound = {name: database.fact(name) for name in ("network", "contract", "chain")}
    if not any(bound.values()):
        said = "not bound yet: the first node that answers an engine binds the database"
        return [Finding("binding", State.OK, said)] if database.holds else []
    now = {"network": chain.network, "contract": chain.contract or _own_contract(chain), "chain": _chain_now(chain)}
    other = [name for name, value in bound.items() if value and now[name] and value != now[name]]
    said = ", ".join(f"{name} {value}" for name, value in bound.items() if value)
    if not other:
        return [Finding("binding", State.OK, f"bound to {said}")]
    differs = " and ".join(f"the {name} is now {now[name]}" for name in other)
    todo = "use the one it began with, or another database: an engine refuses this pair"
    return [Finding("binding", State.UNWELL, f"bound to {said}, but {differs}", todo)]


def _own_contract(chain: Chain) -> str | None:
    return next((node.contract for node in chain.nodes if node.contract), None)


def _chain_now(chain: Chain) -> str | None:
    """Return the name of the chain that is there now; None when none could be asked."""
    if chain.simulated is not None:
        return chain_name(chain.network_id, chain.simulated.id) if chain.simulated.id else "devnet (not made yet)"
    return next((node.info.chain for node in chain.nodes if node.info), None)
