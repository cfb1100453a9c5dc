"""A day's work of three signers, each command a process of its own: what the search for their secrets goes over."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.console.command import HEADER
from tests.faults.vault import Vault
from tests.served import control

STARTS = (0, 5, 17)
"""The nonces at which the three accounts stand when the day begins."""
EACH = 4
AMPLE = 10**12


@contextmanager
def day(home: Path) -> Iterator[Vault]:
    """Do the work on a served chain, which goes on until the block ends."""
    vault = Vault(home)
    with vault.running("devnet", "devnet", "--port", "0", "--block-seconds", "0.1") as (_, ready):
        vault.deck.variables["BATCHDECK_CHAIN_URL"] = ready.split()[1]
        fund(vault)
        work(vault)
        yield vault


def fund(vault: Vault) -> None:
    for signer, start in zip(vault.signers, STARTS, strict=True):
        control(vault.url, "fund", {"address": signer.address, "balance": AMPLE, "nonce": start})


def ids(place: int) -> str:
    return ",".join(f"s{place}-{n}" for n in range(EACH))


def work(vault: Vault) -> None:
    """Import, submit for all three, run them in one engine, and ask for everything that can be asked."""
    rows = [
        f"s{place}-{n},{signer.address},Title {n},100,{10 * place + n}"
        for place, signer in enumerate(vault.signers)
        for n in range(EACH)
    ]
    (vault.home / "all.csv").write_text("\n".join((f"{HEADER},on_chain_id", *rows)) + "\n")
    vault.run("import", "catalogue", "import", "all.csv")
    price = ("submit", "update-price", "--price", "7", "--creator")
    for place, signer in enumerate(vault.signers):
        vault.run(f"submit {place}", *price, signer.address, "--ids", ids(place))
    with vault.running("engine", "engine", "--no-api") as (_, ready):
        assert ready == "READY\n"
        wait_until(lambda: confirmed(vault) == EACH * len(vault.signers))
    one = ("submit", "update-price", "--creator", vault.signers[0].address, "--ids", "s0-0,nope")
    vault.run("dry run", *one, "--price", "8", "--dry-run")
    batch = json.loads(vault.run("wait", *one, "--price", "8", "--wait", "--json", code=1))["batchId"]
    for command in (["signers"], ["signers", "--json"], ["show", batch], ["results", batch, "--json"]):
        vault.run(" ".join(command), *command)


def confirmed(vault: Vault) -> int:
    with closing(sqlite3.connect(f"file:{vault.home}/test.sqlite3?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM item WHERE state = 'confirmed'").fetchone()[0])


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.05)
