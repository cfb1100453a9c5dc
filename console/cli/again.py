"""`batchdeck retry` and `revert`: a new batch out of an old one, with every item that is left out named."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import flags, kinds, words
from console.cli.following import Following, Until, accepted, chain_name, is_simulated
from console.cli.inputs import read_ids, read_outcomes
from console.cli.output import say, say_json, table
from console.cli.session import asking, writing
from console.composing import redraft, taken_out
from engine.core.operations import RULES
from engine.core.reports import Review, Selection, Started
from engine.door import RETRYABLE, Engine
from engine.wire import Json, review_json, review_row_json, skipped_json, started_json

if TYPE_CHECKING:
    from engine.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
NOTHING = "Nothing is left to send, and nothing was stored."
Select = Callable[[Engine], Awaitable[Selection]]


@app.command()
def retry(
    ctx: typer.Context,
    batch: kinds.BatchId,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="LIST", help="failed,off-chain (default), cancelled.")
    ] = None,
    ids: kinds.Ids = None,
    ids_file: kinds.IdsFile = None,
    why: kinds.Why = None,
    key: kinds.Key = None,
    dry_run: kinds.DryRun = False,
    wait: kinds.Wait = False,
    until: kinds.UntilWhen = Until.SETTLED,
    json: kinds.Json = False,
) -> int:
    """Make a new batch of the items of BATCH that failed or stayed off-chain."""
    settings, chosen = flags.settings(ctx), read_ids(ids, ids_file)
    outcomes = read_outcomes(outcome) or RETRYABLE

    async def work(engine: Engine) -> int:
        started = await engine.retry(batch, outcomes, chosen, key, why)
        return await _follow(engine, started, settings, Following(wait, until, json))

    if dry_run:
        return _tried(settings, lambda engine: engine.select_retry(batch, outcomes, chosen), json)
    return writing(settings, work, run=wait)


@app.command()
def revert(
    ctx: typer.Context,
    batch: kinds.BatchId,
    ids: kinds.Ids = None,
    ids_file: kinds.IdsFile = None,
    why: kinds.Why = None,
    key: kinds.Key = None,
    dry_run: kinds.DryRun = False,
    wait: kinds.Wait = False,
    until: kinds.UntilWhen = Until.SETTLED,
    json: kinds.Json = False,
) -> int:
    """Make a new batch that puts back the values that BATCH replaced."""
    settings, chosen = flags.settings(ctx), read_ids(ids, ids_file)

    async def work(engine: Engine) -> int:
        started = await engine.revert(batch, chosen, key, why)
        return await _follow(engine, started, settings, Following(wait, until, json))

    if dry_run:
        return _tried(settings, lambda engine: engine.select_revert(batch, chosen), json)
    return writing(settings, work, run=wait)


async def _follow(engine: Engine, started: Started, settings: Settings, following: Following) -> int:
    if not following.json:
        say(*words.skipped_lines(started.skipped))
    return await accepted(engine, started.batch, started_json(started), settings, following)


def _tried(settings: Settings, select: Select, json: bool) -> int:
    """Print of a new batch what `submit --dry-run` prints of a draft, and what it would leave out."""

    async def work(engine: Engine) -> int:
        selection = await select(engine)
        skipped = [skipped_json(one) for one in selection.skipped]
        review = await engine.review(redraft(selection), again=taken_out(selection)) if selection.items else None
        if json:
            told = _told(selection, review) | {"batchId": selection.parent, "skipped": skipped}
            say_json(told | {"simulated": await is_simulated(engine, settings)})
            return 0
        rows = words.review_rows(review) if review else []
        lines = words.review_lines(review, await chain_name(engine, settings)) if review else [NOTHING]
        say(*table(words.REVIEW_HEADERS, rows), *words.skipped_lines(selection.skipped), *lines)
        return 0

    return asking(settings, work)


def _told(selection: Selection, review: Review | None) -> Json:
    """Write the review, and in each item its new value by its field's name, as a draft takes it."""
    if review is None:
        return {"totalItems": 0, "items": []}
    rows = zip(selection.items, selection.values, review.rows, strict=True)
    items = [review_row_json(row) | dict(RULES[item.operation].payload(value)) for item, value, row in rows]
    return review_json(review) | {"items": items}
