"""`batchdeck retry` and `revert`: a new batch out of an old one, with every item that is left out named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import flags, kinds, words
from console.cli.following import Following, Until, accepted
from console.cli.inputs import read_ids, read_outcomes
from console.cli.output import say, say_json, table
from console.cli.session import reading, writing
from engine.core.operations import RULES
from engine.core.reports import Selection, Started
from engine.door import RETRYABLE, Engine
from engine.wire import skipped_json, started_json

if TYPE_CHECKING:
    from engine.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
HEADERS = ("CONTENT", "VALUE", "TITLE")


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
        if dry_run:
            return _show(await engine.select_retry(batch, outcomes, chosen), json)
        started = await engine.retry(batch, outcomes, chosen, key, why)
        return await _follow(engine, started, settings, Following(wait, until, json))

    return reading(settings, work) if dry_run else writing(settings, work, run=wait)


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
        if dry_run:
            return _show(await engine.select_revert(batch, chosen), json)
        started = await engine.revert(batch, chosen, key, why)
        return await _follow(engine, started, settings, Following(wait, until, json))

    return reading(settings, work) if dry_run else writing(settings, work, run=wait)


async def _follow(engine: Engine, started: Started, settings: Settings, following: Following) -> int:
    if not following.json:
        say(*words.skipped_lines(started.skipped))
    return await accepted(engine, started.batch, started_json(started), settings, following)


def _show(selection: Selection, json: bool) -> int:
    """Print what a new batch would have, and what it would leave out."""
    chosen = list(zip(selection.items, selection.values, strict=True))
    if json:
        items = [{"contentId": item.content_id, **RULES[item.operation].payload(value)} for item, value in chosen]
        skipped = [skipped_json(one) for one in selection.skipped]
        say_json({"batchId": selection.parent, "items": items, "skipped": skipped})
        return 0
    rows = [(item.content_id, RULES[item.operation].diff(value), item.title) for item, value in chosen]
    say(*table(HEADERS, rows), *words.skipped_lines(selection.skipped), "Nothing was stored.")
    return 0
