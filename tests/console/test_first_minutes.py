"""The README's first ten minutes, by its own commands, on a catalogue of 250 items with mistakes in three lines."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from console.cli.about import version
from engine.devnet.ledger import Ledger

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "console" / "sample.csv"
CREATOR = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5"


def batchdeck(tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "BATCHDECK_DATABASE_URL": f"sqlite:///{tmp_path}/deck.sqlite3",
        "BATCHDECK_CHAIN_URL": "devnet",
        "BATCHDECK_BLOCK_SECONDS": "0.3",
    }
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", **settings}
    command = [sys.executable, "-m", "console", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=60)


def catalogue(path: Path, mistakes: bool) -> list[dict[str, str]]:
    """Write 250 rows of the sample, with three mistakes or without, and return them as they should be."""
    with SAMPLE.open(newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = list(reader.fieldnames or []), [row for row, _ in zip(reader, range(250), strict=False)]
    written = [dict(row) for row in rows]
    if mistakes:
        written[10]["price"] = "free"
        written[98]["creator"] = CREATOR[:-1] + "6"
        written[198]["content_id"] = written[3]["content_id"]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(written)
    return rows


def test_ten_minutes_on_ones_own_catalogue(tmp_path: Path) -> None:
    """Each bad line is named and nothing is stored; then import, dry run, submit, results, and everything put back."""
    path = tmp_path / "catalogue.csv"
    assert version() in batchdeck(tmp_path, "--version").stdout
    catalogue(path, mistakes=True)
    refused = batchdeck(tmp_path, "catalogue", "import", str(path))
    assert refused.returncode == 2
    for line, column, why in ((12, "price", "free"), (100, "creator", "checksum"), (200, "content_id", "film-0004")):
        said = next(text for text in refused.stderr.splitlines() if f"line {line}" in text.lower())
        assert column in said
        assert why in said
    rows = catalogue(path, mistakes=False)
    accepted = batchdeck(tmp_path, "catalogue", "import", str(path), "--json")
    assert accepted.returncode == 0, accepted.stderr
    assert json.loads(accepted.stdout)["imported"] == 250
    mine = [row for row in rows if row["creator"] == CREATOR][:60]
    ids = ",".join(row["content_id"] for row in mine)
    draft = ("submit", "update-price", "--creator", CREATOR, "--ids", ids, "--price", "1.5stx")
    dry = batchdeck(tmp_path, *draft, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "1.5 STX" in dry.stdout
    assert json.loads(batchdeck(tmp_path, "batches", "--json").stdout)["operations"] == []
    done = batchdeck(tmp_path, *draft, "--wait", "--json")
    assert done.returncode == 0, done.stderr
    batch = json.loads(batchdeck(tmp_path, "batches", "--json").stdout)["operations"][0]
    assert batch["successCount"] == len(mine)
    assert batch["confirmedCount"] + batch["catalogueOnlyCount"] == len(mine)
    rest = tmp_path / "rest.csv"
    exported = batchdeck(
        tmp_path, "results", batch["batchId"], "--outcome", "off-chain,failed", "--format", "csv", "-o", str(rest)
    )
    assert exported.returncode == 0, exported.stderr
    assert len(rest.read_text().splitlines()) == 1
    nothing = batchdeck(tmp_path, "retry", batch["batchId"], "--wait")
    assert nothing.returncode == 2
    reverted = batchdeck(tmp_path, "revert", batch["batchId"], "--wait")
    assert reverted.returncode == 0, reverted.stderr
    back = csv.DictReader(batchdeck(tmp_path, "catalogue", "export").stdout.splitlines())
    assert {row["content_id"]: row["price"] for row in back} == {row["content_id"]: row["price"] for row in rows}
    ledger = Ledger(tmp_path / "deck.sqlite3.devnet", "testnet", 0)
    on_chain = {row["on_chain_id"]: ledger.content(int(row["on_chain_id"])) for row in mine if row["on_chain_id"]}
    ledger.close()
    assert {one: found.price for one, found in on_chain.items() if found} == {
        row["on_chain_id"]: int(row["price"]) for row in mine if row["on_chain_id"]
    }
