"""`batchdeck submit`: a draft from flags, reviewed, stored, or carried to its end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from console import composing
from console.cli import flags, kinds, words
from console.cli.following import Following, Until, accepted, chain_name, is_simulated
from console.cli.inputs import read_ids, read_payload, read_price, read_time
from console.cli.output import say, say_json, table
from console.cli.session import asking, writing
from console.loading import look_up
from console.pricing import fitted
from engine.core.model import Draft, DraftItem, Operation, Problem
from engine.door import Engine
from engine.errors import InvalidDraft
from engine.wire import initiated_json, review_json

if TYPE_CHECKING:
    from engine.settings import Settings

_AT = "When it begins, e.g. 2026-12-24T08:00Z; a time that has passed means at once."
app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def submit(
    ctx: typer.Context,
    operation: Annotated[str, typer.Argument(help="update-price, remove-content or update-metadata.")],
    creator: Annotated[str, typer.Option("--creator", metavar="ADDRESS", help="Whose contents.")],
    ids: kinds.Ids = None,
    ids_file: kinds.IdsFile = None,
    price: Annotated[
        str | None, typer.Option("--price", metavar="PRICE", help="1.5stx, µSTX, or a change: +10%, -0.5stx ~0.1stx.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why it is removed.")] = None,
    updates: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field of metadata; repeat it.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help=_AT)] = None,
    why: kinds.Why = None,
    key: kinds.Key = None,
    dry_run: kinds.DryRun = False,
    wait: kinds.Wait = False,
    until: kinds.UntilWhen = Until.SETTLED,
    json: kinds.Json = False,
) -> int:
    """Submit a batch of 1 to 100 contents of one creator.

    Without --wait it is stored, and whichever engine runs next on this database carries it. A price that begins
    with + or - changes what each content costs now, and ~ rounds it half up to a step: '+10% ~0.1stx'.
    """
    settings = flags.settings(ctx)
    chosen = read_ids(ids, ids_file) or []
    adjustment, fixed = read_price(price)
    payload = read_payload(fixed, reason, updates or [])
    intent = composing.Intent(operation, payload, read_time(at), why, adjustment)

    async def work(engine: Engine) -> int:
        draft = await _draft(engine, creator, chosen, intent)
        if dry_run:
            return await _review(engine, draft, settings, json)
        batch = await engine.submit(draft, key)
        if draft.scheduled_for and not batch.scheduled_for and not json:
            say(f"{at} has passed, so it begins at once.")
        return await accepted(engine, batch, initiated_json(batch), settings, Following(wait, until, json))

    return asking(settings, work) if dry_run else writing(settings, work, run=wait)


async def _draft(engine: Engine, creator: str, ids: list[str], intent: composing.Intent) -> Draft:
    """Return the draft; a price that is told by how it differs is reckoned from the catalogue as it is now."""
    about = Draft(intent.operation, creator, ids, intent.payload, scheduled_for=intent.scheduled_for, why=intent.why)
    if intent.adjustment is None:
        return about
    if intent.operation != Operation.UPDATE_PRICE:
        raise InvalidDraft([Problem("newPrice", f"Unknown field 'newPrice': {intent.operation} has no price")])
    known = {one.content_id: one for one in await look_up(engine, ids)}
    found = fitted(intent, [composing.Pick(one, creator) for one in ids], known)
    if isinstance(found, str):
        raise InvalidDraft([Problem("newPrice", found)])
    values = found.values or {}
    return replace(about, content_ids=(), payload={}, items=[DraftItem(one, values[one]) for one in ids])


async def _review(engine: Engine, draft: Draft, settings: Settings, json: bool) -> int:
    review = await engine.review(draft)
    if json:
        say_json(review_json(review) | {"simulated": await is_simulated(engine, settings)})
    else:
        lines = words.review_lines(review, await chain_name(engine, settings))
        say(*table(words.REVIEW_HEADERS, words.review_rows(review)), *lines)
    return 0
