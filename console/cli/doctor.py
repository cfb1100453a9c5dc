"""`batchdeck doctor`: every setting with where it came from, then how every part is and what to do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from console.cli import flags, kinds
from console.cli.output import say, say_json, table
from console.forms import many

if TYPE_CHECKING:
    from engine.checkup import Checkup, Finding
    from engine.layers import Source

app = typer.Typer(add_completion=False, rich_markup_mode=None)
UNWELL = 3
_MARKS = {"ok": "ok", "warning": "warning", "unwell": "UNWELL"}


@app.command()
def doctor(ctx: typer.Context, json: kinds.Json = False) -> int:
    """Say where each setting came from, how every part is, and what to do about what isn't well.

    Nothing is changed, and an engine may run beside it; the database is looked through to its end. Ends with
    0 when all is well or there are only warnings, 3 when a part is unwell, 2 when the settings can't be used.
    """
    from engine import logs
    from engine.checkup import examine
    from engine.errors import BadSettings
    from engine.layers import sources

    try:
        settings = flags.loaded(ctx)
    except BadSettings as bad:
        if json:
            say_json({"ok": False, "error": str(bad), "settings": [], "parts": []})
        raise
    logs.to_nowhere()
    found, checkup = sources(settings), asyncio.run(examine(settings))
    checkup = replace(checkup, findings=(*_variables(), *checkup.findings, *_keys(flags.config(ctx))))
    if json:
        say_json(_json(found, checkup))
    else:
        say(*_lines(found, checkup))
    return 0 if checkup.well else UNWELL


def _variables() -> list[Finding]:
    """Name the variables that look like settings and are none: the engine runs without what they say."""
    from engine.checkup import Finding, State
    from engine.layers import strange_variables

    todo = "name it rightly, or unset it; until then nobody reads it"
    return [Finding("settings", State.WARNING, said, todo) for said in strange_variables()]


def _keys(config: Path | None) -> list[Finding]:
    """Judge the console's keys as the console does; without any there is nothing to say."""
    from engine.checkup import Finding, State
    from engine.layers import keys_section

    where, given = keys_section(config)
    if given == {}:
        return []
    from console import actions
    from console.keymap import judged

    found = judged(given, where, actions.every_screen())
    todo = f"mend it in {where}; until then the console keeps the old key"
    wrong = [Finding("keys", State.WARNING, problem, todo) for problem in found.problems]
    return [*wrong, *([Finding("keys", State.OK, f"{len(found.keys)} bound anew in {where}")] if found.keys else [])]


def _json(settings: list[Source], checkup: Checkup) -> dict[str, object]:
    return {
        "ok": checkup.well,
        "error": None,
        "settings": [{"name": one.name, "value": one.value, "origin": one.origin} for one in settings],
        "parts": [
            {"name": one.part, "ok": one.state != "unwell", "state": one.state, "detail": one.said, "todo": one.todo}
            for one in checkup.findings
        ],
    }


def _lines(settings: list[Source], checkup: Checkup) -> list[str]:
    rows = [(one.name, one.value, one.origin) for one in settings]
    width = max(len(one.part) for one in checkup.findings)
    lines = ["Settings", *table(("NAME", "VALUE", "FROM"), rows), "", "Health"]
    for finding in checkup.findings:
        lines += _finding(finding, width)
    return [*lines, "", _verdict(checkup)]


def _finding(finding: Finding, width: int) -> list[str]:
    lead = f"{_MARKS[finding.state]:7}  {finding.part:{width}}  "
    return [lead + finding.said, *([f"{'':{len(lead)}}-> {finding.todo}"] if finding.todo else [])]


def _verdict(checkup: Checkup) -> str:
    unwell = dict.fromkeys(one.part for one in checkup.findings if one.state == "unwell")
    warnings = sum(one.state == "warning" for one in checkup.findings)
    also = f" {many(warnings, 'warning')}." if warnings else ""
    return (f"Unwell: {', '.join(unwell)}." if unwell else "All is well.") + also
