"""What scripts read stays as it is: every command's --json has the fields and kinds of tests/console/shapes.json.

A field may be added: then write the file anew with `python -m tests.console.test_cli_json`. None may be taken away.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.core.oversight import Cause
from engine.store import open_store
from tests.console.command import CREATOR, Batchdeck, catalogue

SHAPES = Path(__file__).with_name("shapes.json")
PRICE = ("submit", "update-price", "--creator", CREATOR, "--price", "2stx")


def shape(value: Any) -> Any:
    """Return what kind of a value it is: the name of its type, the shape of each field, what its elements may be."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in sorted(value.items())}
    if isinstance(value, list):
        return [merged(shape(one) for one in value)]
    return {bool: "boolean", int: "number", float: "number", str: "text"}.get(type(value), "null")


def merged(shapes: Iterable[Any]) -> Any:
    """Return one shape for all elements of a list: a field that some lack, or that is null in some, may be either."""
    known: list[Any] = []
    for one in shapes:
        if one not in known:
            known.append(one)
    if known and all(isinstance(one, dict) for one in known):
        names = sorted({name for one in known for name in one})
        return {name: merged(one.get(name, "missing") for one in known) for name in names}
    return known[0] if len(known) == 1 else sorted(known, key=json.dumps)


def day(deck: Batchdeck) -> dict[str, Any]:
    """Use every command that prints, and return what each printed."""
    home = deck.home
    (home / "all.csv").write_text(catalogue(5))
    told: dict[str, Any] = {"catalogue import": deck.json("catalogue", "import", "all.csv")}
    told["submit --dry-run"] = deck.json(*PRICE, "--ids", "1,nowhere", "--dry-run")
    told["submit"] = deck.json(*PRICE, "--ids", "4", "--at", "2126-01-01T00:00Z")
    later = told["submit"]["batchId"]
    told["pause"], told["resume"] = deck.json("pause", later), deck.json("resume", later)
    told["cancel"] = deck.json("cancel", later)
    told["submit --wait"] = deck.json(*PRICE, "--ids", "1,2,nowhere", "--wait", code=1)
    batch = told["submit --wait"]["batchId"]
    told["batches"], told["show"] = deck.json("batches"), deck.json("show", batch)
    told["show --audit"] = deck.json("show", batch, "--audit")
    told["results"] = deck.json("results", batch)
    told["retry --dry-run"], told["retry"] = deck.json("retry", batch, "--dry-run"), deck.json("retry", batch)
    told["revert --dry-run"] = deck.json("revert", batch, "--dry-run")
    told["show --retries"] = deck.json("show", batch, "--retries")
    told["pause --all"], told["resume --all"] = deck.json("pause", "--all"), deck.json("resume", "--all")
    told["signers"], told["doctor"] = deck.json("signers"), deck.json("doctor")
    asyncio.run(alarm(home))
    told["alerts"], told["alerts --acknowledge"] = deck.json("alerts"), deck.json("alerts", "--acknowledge", "1")
    told["backup"] = deck.json("backup", "copy.db")
    told["restore"] = deck.json("restore", "copy.db")
    return {name: shape(value) for name, value in told.items()}


async def alarm(home: Path) -> None:
    """Keep an alert as an engine would that runs for a while."""
    store = await open_store(home / "test.sqlite3")
    await store.raise_alerts([Cause("node", "Node unreachable: refused")], datetime.now(UTC))
    await store.close()


def differences(known: Any, now: Any, at: str = "") -> Iterable[str]:
    """Say what was taken away or changed its kind; what was added is no difference."""
    if isinstance(known, dict) and isinstance(now, dict):
        for name, before in known.items():
            if name in now:
                yield from differences(before, now[name], f"{at}/{name}")
            else:
                yield f"{at}/{name} is gone"
    elif isinstance(known, list) and isinstance(now, list) and len(known) == len(now) == 1:
        yield from differences(known[0], now[0], f"{at}[]")
    elif known != now:
        yield f"{at} was {json.dumps(known)} and is {json.dumps(now)}"


def test_no_field_is_taken_away(tmp_path: Path) -> None:
    """Each command in turn, on the simulated chain: fields and kinds are as they were."""
    found = day(Batchdeck(tmp_path, ("--chain", "devnet")))
    assert list(differences(json.loads(SHAPES.read_text()), found)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told["batches"].pop("total"), ["/batches/total is gone"]),
        (lambda told: told["show"].update(batchId="number"), ['/show/batchId was "text" and is "number"']),
        (lambda told: told["show"].update(more="text"), []),
    ],
)
def test_the_play_sees_what_changes(change: Callable[[dict[str, Any]], object], said: list[str]) -> None:
    """A field that goes or changes its kind is named; one that comes is fine."""
    known = json.loads(SHAPES.read_text())
    now = json.loads(SHAPES.read_text())
    change(now)
    assert list(differences(known, now)) == said


def main() -> None:
    """Write the shapes as they are now."""
    with tempfile.TemporaryDirectory() as folder:
        found = day(Batchdeck(Path(folder), ("--chain", "devnet")))
    SHAPES.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
