"""The options that several commands share, each named once."""

from __future__ import annotations

from typing import Annotated

import typer

from console.cli.following import Until

BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="The batch's id, as batchdeck batches lists it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ids = Annotated[
    str | None, typer.Option("--ids", metavar="LIST", help="Content ids by comma; 20-25 is a range of integers.")
]
IdsFile = Annotated[str | None, typer.Option("--ids-file", metavar="FILE", help="A file of content ids, - for stdin.")]
Key = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="KEY", help="The same key and input give the same batch again."),
]
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="A note for those who look later.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Wait until the batch has ended; where no engine runs, run one here.")
]
UntilWhen = Annotated[
    Until, typer.Option("--until", help="With --wait: completed = accepted by a node, settled = on the chain.")
]
