"""`batchdeck backup` and `restore`: a consistent copy while an engine runs, and the way back to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import flags, kinds
from console.cli.output import say, say_json
from console.cli.session import now

if TYPE_CHECKING:
    from engine.store.inventory import Inventory
    from engine.upkeep import BackedUp, PutBack

app = typer.Typer(add_completion=False, rich_markup_mode=None)
File = Annotated[str, typer.Argument(metavar="FILE", help="The file of the backup.")]
Force = Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")]


@app.command()
def backup(ctx: typer.Context, file: File, force: Force = False, json: kinds.Json = False) -> int:
    """Copy the database to FILE: one whole file of its state now, also while an engine works on it.

    FILE appears when it is whole and looked through, readable by its owner alone. A simulated chain beside the
    database is copied to FILE.devnet. Keys, tokens, settings and the log are in neither.
    """
    from engine.upkeep import back_up

    done = back_up(flags.local(ctx).database_path, Path(file), now(), force=force)
    if json:
        say_json(_backup_json(done))
    else:
        say(*_backup_lines(done))
    return 0


@app.command()
def restore(ctx: typer.Context, file: File, json: kinds.Json = False) -> int:
    """Put the backup FILE in the place of the database, while no engine works on it.

    FILE is looked through first, and stays. The database that was there is kept beside, its name with
    .before-restore-TIME behind. A simulated chain is put back from FILE.devnet only if it isn't there any more: one
    that went on is never turned back, nor can a real one be. What was accepted after the backup is not in it.
    """
    from engine.upkeep import put_back

    done = put_back(flags.local(ctx).database_path, Path(file), now())
    if json:
        say_json(_restore_json(done))
    else:
        say(*_restore_lines(done))
    return 0


def _backup_json(done: BackedUp) -> dict[str, object]:
    return {
        "database": str(done.database),
        "file": str(done.file),
        "bytes": done.size,
        **_holds_json(done.holds),
        "chain": str(done.chain) if done.chain else None,
        "withoutChain": done.without,
    }


def _restore_json(done: PutBack) -> dict[str, object]:
    return {
        "database": str(done.database),
        "file": str(done.file),
        **_holds_json(done.holds),
        "kept": [str(path) for path in done.kept],
        "chain": done.chain.value,
    }


def _holds_json(holds: Inventory) -> dict[str, object]:
    return {"schema": holds.schema, "batches": holds.batches, "contents": holds.contents, "taken": holds.taken}


def _holds(holds: Inventory) -> str:
    return f"{holds.batches} batches, {holds.contents} contents, schema {holds.schema}"


def _backup_lines(done: BackedUp) -> list[str]:
    lines = [f"{done.database} is copied to {done.file}: {_holds(done.holds)}, {done.size:,} bytes, whole."]
    if done.chain:
        lines.append(f"Its simulated chain is copied to {done.chain}: keep the two together.")
    if done.without:
        lines.append(f"The simulated chain isn't in the backup: {done.without}.")
    return [*lines, f"To put it back: batchdeck restore {done.file}"]


def _restore_lines(done: PutBack) -> list[str]:
    from engine.upkeep import ChainFate

    taken = f" of {done.holds.taken}" if done.holds.taken else ""
    chain = {
        ChainFate.NONE: [],
        ChainFate.STAYS: ["The simulated chain stays as it is: it may be ahead of the backup."],
        ChainFate.PUT_BACK: ["Its simulated chain is put back with it."],
        ChainFate.MISSING: [
            "Its simulated chain is neither beside the database nor beside the backup: put that file back too, "
            "or an engine with --chain devnet refuses the database."
        ],
    }
    return [
        f"{done.database} is again as in {done.file}{taken}: {_holds(done.holds)}.",
        *(f"What was there before is kept as {path}." for path in done.kept),
        *chain[done.chain],
        "What went to a chain after the backup stays there: look at batchdeck doctor before you submit again.",
    ]
