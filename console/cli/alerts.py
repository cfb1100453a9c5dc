"""`batchdeck alerts`: what wants an operator's eye, and that somebody has seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import flags, kinds, words
from console.cli.output import say, say_json, table
from console.cli.session import reading, writing
from engine.core.oversight import AlertQuery
from engine.door import Engine
from engine.wire import kept_alert_json

if TYPE_CHECKING:
    from engine.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)
Acknowledge = Annotated[
    int | None, typer.Option("--acknowledge", metavar="ID", min=1, help="Say that you have seen this one.")
]
Ended = Annotated[bool, typer.Option("--all", help="Also those that have ended or that somebody has seen.")]


@app.command()
def alerts(
    ctx: typer.Context,
    acknowledge: Acknowledge = None,
    why: kinds.Why = None,
    all: Ended = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many.")] = 50,
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Go on from here.")] = None,
    json: kinds.Json = False,
) -> int:
    """List the alerts that stand and that nobody has seen, newest first, or say with --acknowledge that you have.

    An alert about a batch stands until somebody has seen it; any other ends with its cause, too.
    """
    settings = flags.settings(ctx)
    if acknowledge is not None:
        return _acknowledge(settings, acknowledge, why, json)
    if why is not None:
        raise typer.BadParameter("--why goes with --acknowledge ID")
    return _list(settings, AlertQuery(not all, after, limit), json)


def _list(settings: Settings, query: AlertQuery, json: bool) -> int:
    async def work(engine: Engine) -> int:
        page = await engine.alerts(query)
        if json:
            rows = [kept_alert_json(alert) for alert in page.rows]
            say_json({"total": page.total, "alerts": rows, "limit": query.limit, "next": page.next})
            return 0
        say(
            *table(words.ALERT_HEADERS, [words.alert_row(alert) for alert in page.rows]) if page.rows else ["No alert."]
        )
        if page.next is not None:
            say(f"{len(page.rows)} of {page.total}; the next ones: --after {page.next}")
        return 0

    return reading(settings, work)


def _acknowledge(settings: Settings, alert: int, why: str | None, json: bool) -> int:
    async def work(engine: Engine) -> int:
        seen = await engine.acknowledge(alert, why)
        if json:
            say_json(kept_alert_json(seen))
        else:
            say(f"Alert {seen.id} is seen by {seen.acknowledged_by or 'somebody'}: {seen.message}")
        return 0

    return writing(settings, work)
