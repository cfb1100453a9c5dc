"""`batchdeck batches`, `show` and `results`: what was accepted, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from console import export
from console.cli import flags, kinds, words
from console.cli.following import chain_name, told
from console.cli.inputs import read_outcomes
from console.cli.output import opened, say, say_json, table
from console.cli.retry_words import retry_lines
from console.cli.session import all_deeds, all_items, now, reading
from console.export_head import Head, Sieve, head_lines, head_of
from engine.core.lifecycle import outcome as item_outcome
from engine.core.model import Batch, BatchStatus, Item
from engine.core.reports import BatchQuery
from engine.door import Engine
from engine.wire import Json, batch_json, deed_json, retries_json

if TYPE_CHECKING:
    from engine.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
Outcomes = Annotated[
    str | None, typer.Option("--outcome", metavar="LIST", help="Only these, by comma, e.g. off-chain,failed.")
]


class Format(StrEnum):
    """How results are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


@app.command()
def batches(
    ctx: typer.Context,
    creator: Annotated[str | None, typer.Option("--creator", metavar="ADDRESS", help="Only theirs.")] = None,
    status: Annotated[BatchStatus | None, typer.Option("--status", help="Only these.")] = None,
    group: Annotated[str | None, typer.Option("--group", metavar="ID", help="Only those submitted as one.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many.")] = 50,
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Go on from here.")] = None,
    json: kinds.Json = False,
) -> int:
    """List batches, newest first."""
    settings = flags.settings(ctx)
    query = BatchQuery(creator=creator, status=status, after=after, limit=limit, group=group)

    async def work(engine: Engine) -> int:
        page = await engine.batches(query)
        if json:
            contents = await engine.content_ids([batch.id for batch in page.rows])
            listed = [_listed(batch, contents.get(batch.id, ()), settings) for batch in page.rows]
            say_json({"total": page.total, "operations": listed, "limit": limit, "next": page.next})
        elif page.rows:
            say(*table(words.BATCH_HEADERS, [words.batch_row(batch) for batch in page.rows]))
            if page.next is not None:
                say(f"{len(page.rows)} of {page.total}; the next ones: --after {page.next}")
        else:
            say("No batch. Make one with batchdeck submit, or in the console.")
        return 0

    return reading(settings, work)


def _listed(batch: Batch, content_ids: Sequence[str], settings: Settings) -> Json:
    return batch_json(batch, None, now(), settings.thresholds) | {"contentIds": list(content_ids)}


@app.command()
def show(
    ctx: typer.Context,
    batch: kinds.BatchId,
    audit: Annotated[bool, typer.Option("--audit", help="Also who did what to it, when and why.")] = False,
    retries: Annotated[bool, typer.Option("--retries", help="Also what its retries came to, and theirs.")] = False,
    json: kinds.Json = False,
) -> int:
    """Show what BATCH does, how it goes, and what to do next."""
    settings = flags.settings(ctx)

    async def work(engine: Engine) -> int:
        found = await engine.batch(batch)
        deeds = await all_deeds(engine, batch) if audit else []
        chain = await engine.retries(batch) if retries else None
        if json:
            body = batch_json(found, await all_items(engine, found), now(), settings.thresholds)
            body |= {"audit": [deed_json(deed) for deed in deeds]} if audit else {}
            say_json(body | ({"retries": retries_json(chain, now(), settings.thresholds)} if chain else {}))
        else:
            say(*await told(engine, found, settings))
            say(*(["", "Audit", *words.deed_lines(deeds)] if audit else []))
            say(*(["", "Retries", *retry_lines(chain)] if chain else []))
        return 0

    return reading(settings, work)


@app.command()
def results(
    ctx: typer.Context,
    batch: kinds.BatchId,
    outcome: Outcomes = None,
    format: Annotated[Format, typer.Option("--format", help="How they are written.")] = Format.TABLE,
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where to.")] = None,
    head: Annotated[bool, typer.Option("--head", help="First what the batch is and came to; in CSV after #.")] = False,
    json: kinds.Json = False,
) -> int:
    """List the items of BATCH with what became of each, or write them to a file."""
    settings, wanted = flags.settings(ctx), read_outcomes(outcome)
    chosen = Format.JSON if json else format

    async def work(engine: Engine) -> int:
        found, every = await engine.whole(batch)
        items = [item for item in every if not wanted or item_outcome(item) in wanted]
        sieve = Sieve(sorted(wanted))
        above = head_of(found, len(items), sieve, now(), await chain_name(engine, settings)) if head else None
        with opened(output) as file:
            _write(items, chosen, above, file)
        return 0

    return reading(settings, work)


def _write(items: Sequence[Item], chosen: Format, head: Head | None, file: TextIO) -> None:
    if chosen is Format.TABLE:
        about = [f"{name}: {value}" for name, value in head_lines(head)] if head else []
        rows = table(words.ITEM_HEADERS, [words.item_row(item) for item in items])
        print(*about, *([""] if about else []), *rows, sep="\n", file=file)
    else:
        export.write_results(export.results(items), chosen.value, file, head)
