"""PURE: a plan in words and rows: old and new, what would fail, what it costs, where and when it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from console.banner import Banner
from console.breaking import hanging
from console.composing import size
from console.forms import amount, clock, grouped, listed, many, micro
from console.review_plan import Cost, Plan
from console.review_rows import CHANGED, sign
from console.text import display_text, middle
from console.unsigned import NO_FEES, OFF, unpaid
from console.views import worth
from engine.core.foresight import abort_line, cap_line, counted, short_line, untried_line
from engine.core.model import Operation
from engine.core.operations import RULES
from engine.core.rules import MAX_ITEMS

KEYS: Mapping[str, str] = {"unchanged": "u", "failing": "f", "aborting": "b"}
"""The keys that leave lines out, as long as nobody binds them anew."""
_LONG = 160
_LABEL = 10
_NAMED = 3
_ADDRESS = 13
_SIZES = 4


def headline(plan: Plan) -> str:
    """Say what would be done to how many."""
    count = many(len(plan.kept), "item")
    rule = RULES[Operation(plan.intent.operation)]
    if plan.intent.values is not None:
        adjustment = plan.intent.adjustment
        how = f"from what it is now: {adjustment.text}" if adjustment else "each to its own value"
        return f"{rule.title} of {count}, {how}"
    value, _ = rule.read(plan.intent.payload, "")
    new = worth(Operation(plan.intent.operation), value)
    if plan.intent.operation == Operation.UPDATE_PRICE:
        return f"Set the price of {count} to {new}"
    if plan.removes:
        return f"Remove {count} for good{new.removeprefix('removed')}"
    return f"Update metadata of {count}: {new}"


def head_lines(
    plan: Plan, banner: Banner, width: int, waits: str | None = None, keys: Mapping[str, str] = KEYS
) -> list[Text]:
    """Return the facts above the table, each on a line of its own; ``waits`` says what stands still, if anything.

    ``keys`` are those that leave lines out, by kind.
    """
    facts: list[tuple[str, Text]] = [
        ("Do", Text(headline(plan), "strong")),
        ("Creators" if len(plan.creators) > 1 else "Creator", Text(_creators(plan))),
        ("Batches", batches_text(plan)),
        ("Begins", Text(when(plan))),
        ("Network", network_text(banner)),
        ("Fees", fee_text(plan)),
        *([("Waits", wait_text(waits))] if waits else []),
        *([("Changed", changed_text(plan))] if plan.since else []),
    ]
    if plan.refused:
        facts.append(("Problem", refusal_text(plan)))
    else:
        more = (("Preflight", preflight_text(plan, keys)), ("Note", flag_text(plan, keys)))
        facts += [(label, text) for label, text in more if text.plain]
    return [line for label, text in facts for line in hanging(Text(f"{label:{_LABEL}}", "muted"), text, width)]


def wait_text(waits: str) -> Text:
    """Say what stands still: what is submitted now waits for it."""
    return Text(f"! {display_text(waits, _LONG)}", "warning")


def changed_text(plan: Plan) -> Text:
    """Say that nothing was submitted because of what changed since it was shown: how many, which, and what is next."""
    found = plan.changed
    named = listed([display_text(line.row.content_id, _LONG) for line in found], _NAMED)
    own = " (or it is your Submit before this, whose answer was lost)" if plan.tried else ""
    text = f"{CHANGED} {many(len(found), 'item')} changed since this was shown{own}: {named}. "
    return Text(f"{text}Nothing was submitted; another Submit goes on with what is shown now", "warning")


def _creators(plan: Plan) -> str:
    known = plan.creators
    if len(known) == 1:
        return display_text(known[0])
    return f"{len(known)}: {listed([middle(one, _ADDRESS) for one in known], _NAMED)}"


def batches_text(plan: Plan) -> Text:
    """Say how many batches it takes, and why when it is more than one."""
    sizes = [size(draft) for draft in plan.drafts]
    text = Text(many(len(sizes), "batch", "batches"))
    if len(sizes) > len(plan.creators):
        each = listed(map(str, sizes), _SIZES)
        text.append(f" of {each}, split in order: {MAX_ITEMS} at most in one", "warning")
    elif len(sizes) > 1:
        text.append(f" of {listed(map(str, sizes), _SIZES)}, one for each creator", "warning")
    return text


def when(plan: Plan) -> str:
    """Say when it runs."""
    at = plan.intent.scheduled_for
    return f"at {clock(at)}" if at else "at once, when it is submitted"


def network_text(banner: Banner) -> Text:
    """Say in words whether real money is at stake."""
    if banner.mainnet:
        return Text("MAINNET: real money, and what is mined can't be undone", "bad")
    name = banner.network
    if banner.simulated:
        return Text(f"{name}, simulated: no real chain and no real money", "good")
    if banner.chain == OFF:
        return Text(f"{name}, no chain is configured: everything stays off-chain for now", "warning")
    return Text(f"{name}, by {display_text(banner.chain)}")


def fee_text(plan: Plan) -> Text:
    """Say what the calls cost, and whether those who pay have it."""
    costs = plan.costs
    calls = sum(cost.calls for cost in costs)
    if plan.chainless:
        return Text(NO_FEES)
    if not calls:
        return Text("none: nothing of it goes to the chain")
    unsigned = sum(cost.calls for cost in costs if cost.signer is None)
    if unsigned == calls:
        return Text(unpaid(calls), "warning")
    text = Text(f"about {amount(plan.fee_total)} ({micro(plan.fee_total)} µSTX) for {many(calls - unsigned, 'call')}; ")
    short = [cost.funds for cost in costs if cost.funds.short]
    if short:
        text.append(f"NOT ENOUGH: {grouped('; '.join(map(short_line, short[:_NAMED])))}", "bad")
    elif len(costs) == 1:
        text.append(_has(costs[0]), "" if costs[0].funds.balance is not None else "warning")
    else:
        unsure = [cost for cost in costs if cost.calls and cost.signer and cost.funds.balance is None]
        text.append(
            f"the balance of {many(len(unsure), 'signer')} is unknown" if unsure else "each signer has enough",
            "warning" if unsure else "",
        )
    text.append(f"; {unpaid(unsigned)}" if unsigned else "", "warning")
    for held in [cost.funds for cost in costs if cost.funds.capped][:_NAMED]:
        text.append(f"; {grouped(cap_line(held))}", "warning")
    return text


def _has(cost: Cost) -> str:
    who = middle(cost.signer or "", _ADDRESS)
    if cost.funds.balance is None:
        return f"the balance of its signer {who} is unknown"
    return f"its signer {who} has {amount(cost.funds.balance)}"


def refusal_text(plan: Plan) -> Text:
    """Say why nothing can be submitted."""
    return Text(f"{sign('problem')} nothing can be submitted: {display_text(plan.refused)}", "bad")


def preflight_text(plan: Plan, keys: Mapping[str, str] = KEYS) -> Text:
    """Say how many calls would abort, at what fees and why, which key leaves them out, and what nobody tried."""
    found, all_of_it = plan.foresight(), plan.foresight(all_of_it=True)
    text = Text()
    if all_of_it.aborts:
        shown = all_of_it if plan.without_aborting else found
        key = _left_out(keys["aborting"], plan.without_aborting)
        text.append(
            f"{sign('aborts')} {grouped(abort_line(shown))} ({key}): {display_text(counted(shown.reasons))}", "bad"
        )
    else:
        text.append(grouped(abort_line(found)))
    untried = untried_line(found, plan.untried)
    if untried:
        text.append(f"{'; ' if text.plain else ''}{display_text(untried)}", "warning")
    return text


def flag_text(plan: Plan, keys: Mapping[str, str] = KEYS) -> Text:
    """Say how many lines are flagged, and which key leaves them out or puts them back."""
    text = Text()
    problems, unchanged, warnings = (plan.count(kind) for kind in ("problem", "unchanged", "warning"))
    if problems:
        key = _left_out(keys["failing"], plan.without_problems)
        text.append(f"{sign('problem')} {problems} would fail ({key})  ", "bad")
    if unchanged:
        key = _left_out(keys["unchanged"], plan.without_unchanged)
        text.append(f"{sign('unchanged')} {unchanged} unchanged ({key})  ", "accent")
    if warnings:
        text.append(f"{sign('warning')} {warnings} would stay off-chain  ", "warning")
    waiting = sum(bool(line.row.waits) for line in plan.lines)
    if waiting:
        text.append(f"{sign('waits')} {wait_line(waiting)}", "warning")
    return text


def wait_line(waiting: int) -> str:
    """Say of how many an old value isn't the last word: what was accepted before is still to come."""
    return f"{waiting} {'has another change' if waiting == 1 else 'have other changes'} waiting in other batches"


def _left_out(key: str, is_out: bool) -> str:
    return f"left out: {key}" if is_out else f"{key} leaves out"


def confirm_lines(plan: Plan, banner: Banner, waits: str | None = None) -> list[str | Text]:
    """Return what the dialog says: how many items and batches, what it costs, which network."""
    left = sum(line.left_out for line in plan.lines)
    failing = sum(line.kind == "problem" for line in plan.kept)
    found = plan.foresight()
    untried = untried_line(found, plan.untried)
    waiting = sum(bool(line.row.waits) for line in plan.kept)
    changed = sum(line.was is not None for line in plan.kept)
    aside: Sequence[Text] = [
        *([Text(f"{changed} of them changed since they were shown.", "warning")] if changed else []),
        *([Text(f"{left} left out.", "muted")] if left else []),
        *([Text(f"{wait_line(waiting)}.", "warning")] if waiting else []),
        *([Text(f"{failing} of them would fail.", "bad")] if failing else []),
        *([Text(f"Preflight: {grouped(abort_line(found))}.", "bad")] if found.aborts else []),
        *([Text(f"{display_text(untried[:1].upper() + untried[1:])}.", "warning")] if untried else []),
    ]
    amount = f"{many(len(plan.kept), 'item')} of {many(len(plan.creators), 'creator')}, in "
    return [
        Text(headline(plan), "strong"),
        Text.assemble(amount, batches_text(plan)),
        Text(f"Begins {when(plan)}"),
        Text.assemble("Network: ", network_text(banner)),
        Text.assemble("Fees: ", fee_text(plan)),
        *([wait_text(waits)] if waits else []),
        *aside,
    ]
