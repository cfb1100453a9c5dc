"""`batchdeck catalogue import`, `export` and `show`: from a file, back to one, and one content on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.cli import flags, kinds
from console.cli.content_words import content_lines
from console.cli.inputs import STDIN, read_text, read_time
from console.cli.output import complain, opened, say, say_json
from console.cli.session import all_contents, all_items, asking, reading, writing
from console.forms import many
from console.importing import ENDINGS, NAMED, nothing, refusals
from engine.core.catalogue import Format, LineProblem, read_catalogue, write_catalogue
from engine.core.content_story import MOST_CHANGES
from engine.core.model import Content, Problem
from engine.core.reports import BatchQuery, ContentQuery
from engine.core.search import parse
from engine.door import Engine
from engine.errors import InvalidDraft, refuse
from engine.wire import content_story_json

app = typer.Typer(add_completion=False, rich_markup_mode=None)
REFUSED = 2
SHOWN = 50
CHUNK = 500
STDOUT = "stdout.csv"


class Kind(StrEnum):
    """What a file holds."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


FormatOption = Annotated[Kind | None, typer.Option("--format", help="What the file holds (else its name tells).")]


@app.callback(invoke_without_command=True)
def catalogue(ctx: typer.Context) -> None:
    """Import or export the catalogue, or show one content of it."""
    if ctx.invoked_subcommand is None:
        raise typer.BadParameter("give import FILE, export, or show ID")


@app.command("import", short_help="Bring in a CSV, JSON or JSONL file: all of it or nothing.")
def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="CSV, JSON or JSONL; - for stdin.")],
    format: FormatOption = None,
    json: kinds.Json = False,
) -> int:
    """Add the contents of FILE or bring them up to date: all of them, or none when a line can't be used."""
    settings = flags.settings(ctx)
    kind = _kind(file, format)
    text = read_text(file)
    contents, problems = read_catalogue(text, kind, settings.network)
    if problems or not contents:
        return _refused(file, problems or [nothing(kind)], json)

    async def work(engine: Engine) -> int:
        refused = await engine.import_contents(contents)
        if refused:
            return _refused(file, refusals(text, kind, contents, refused), json)
        if json:
            say_json({"imported": len(contents)})
        else:
            say(f"{many(len(contents), 'content')} imported.")
        return 0

    return writing(settings, work)


@app.command(short_help="Write the catalogue to a file or to stdout.")
def export(
    ctx: typer.Context,
    creator: Annotated[str | None, typer.Option("--creator", metavar="ADDRESS", help="Only theirs.")] = None,
    search: Annotated[
        str, typer.Option("--search", metavar="TERMS", help="Only what matches, e.g. 'type:video price:>2stx'.")
    ] = "",
    changed_since: Annotated[
        str | None, typer.Option("--changed-since", metavar="TIME", help="Only what batches changed since then.")
    ] = None,
    format: FormatOption = None,
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where to.")] = None,
    json: kinds.Json = False,
) -> int:
    """Write the catalogue; removed contents only with --changed-since, marked in columns of their own.

    TERMS are words, creator:ST2CY, type:video, price:>2stx, changed:<7d or off-chain; ! before one turns it round.
    """
    refuse(list(parse(search).problems))
    since = read_time(changed_since, "--changed-since")
    kind: Format = "json" if json else _kind(output or STDOUT, format)

    async def work(engine: Engine) -> int:
        if since is None:
            found = await all_contents(engine, ContentQuery(creator=creator, search=search))
        else:
            found = await _changed(engine, creator, search, since)
        with opened(output) as out:
            out.write(write_catalogue(found, kind))
        return 0

    return reading(flags.settings(ctx), work)


@app.command(short_help="One content: its price here and on the chain, and what changed it.")
def show(
    ctx: typer.Context,
    content: Annotated[str, typer.Argument(metavar="ID", help="The content's id.")],
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=MOST_CHANGES, help="At most so many changes, the newest.")
    ] = 50,
    json: kinds.Json = False,
) -> int:
    """Tell what changed a content, by which batch and with which outcome, and what the contract has of it now."""

    async def work(engine: Engine) -> int:
        story = await engine.content(content, limit)
        if json:
            say_json(content_story_json(story))
        else:
            say(*content_lines(story))
        return 0

    return asking(flags.settings(ctx), work)


async def _changed(engine: Engine, creator: str | None, search: str, since: datetime) -> list[Content]:
    """Return the contents that an item changed, or whose item moved, since a time: too many rather than too few."""
    ids = sorted(await _changed_ids(engine, creator, since))
    found: list[Content] = []
    for start in range(0, len(ids), CHUNK):
        chunk = frozenset(ids[start : start + CHUNK])
        found += await all_contents(engine, ContentQuery(content_ids=chunk, search=search, removed=True))
    return found


async def _changed_ids(engine: Engine, creator: str | None, since: datetime) -> set[str]:
    found: set[str] = set()
    query = BatchQuery(creator=creator, limit=CHUNK)
    while True:
        page = await engine.batches(query)
        for batch in page.rows:
            if batch.settled_at is None or batch.settled_at >= since:
                items = await all_items(engine, batch)
                found |= {one.content_id for one in items if one.replaced is not None and one.updated_at >= since}
        if page.next is None:
            return found
        query = BatchQuery(creator=creator, after=page.next, limit=CHUNK)


def _kind(name: str, given: Kind | None) -> Format:
    """Return the format that is given, or that a file's name tells."""
    chosen: Format | None = given.value if given else ENDINGS.get(Path(name).suffix.lower())
    if chosen:
        return chosen
    what = "stdin" if name == STDIN else name
    raise InvalidDraft([Problem(what, f"its format isn't known: {NAMED}, or give --format")])


def _refused(file: str, problems: Sequence[LineProblem], json: bool) -> int:
    """Name each bad line; nothing was stored."""
    complain(f"{file}: nothing is imported, because of {many(len(problems), 'problem')}")
    for problem in problems[:SHOWN]:
        complain(str(problem))
    if len(problems) > SHOWN:
        complain(f"and {len(problems) - SHOWN} more")
    if json:
        say_json({"imported": 0, "problems": [asdict(problem) for problem in problems]})
    return REFUSED
