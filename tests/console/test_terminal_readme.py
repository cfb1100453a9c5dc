"""The README's first ten minutes in a real terminal: its own commands and keys, piece by piece, and what each shows."""

from __future__ import annotations

import csv
import re
import shutil
import sys
from pathlib import Path

import pytest

from engine.core.model import Outcome
from tests.console.guide import Guide
from tests.console.shell_desk import MINE, batches, catalogue, leaves, opens, press, shell
from tests.console.terminal import REAL, Terminal
from tests.console.test_terminal import CREATOR, ROOT

FINDS = {
    "type:video": 65,
    "price:>2stx": 1,
    "price:1stx..2stx": MINE,
    "changed:<7d": MINE,
    "creator:ST1SJ3": MINE,
    "off-chain": 0,
    '"a phrase"': 4,
}
COMES_TO = {"+10%": ("1.65 STX", "2.75 STX"), "-0.5stx": ("1 STX", "2 STX"), "+10% ~0.1stx": ("1.7 STX", "2.8 STX")}

SUBMIT = f"batchdeck submit update-price --creator {CREATOR}"
SCRIPTS = (
    ("Nothing was stored", 0),
    ("7 confirmed, 1 catalogue-only", 0),
    ("update-price", 0),
    ("", 0),
    ("1 failed", 1),
    ("5 confirmed", 0),
    ("not on the chain", 0),
    ("", 0),
)

pytestmark = [
    *REAL,
    pytest.mark.skipif(shutil.which("bash") is None, reason="the README's commands need a shell"),
]


def installs(guide: Guide, terminal: Terminal, home: Path) -> None:
    guide.next("**1. Install.**")
    command, pip = guide.keys("`make run` has put the command at")[1:]
    assert pip == "pip install ."
    path = home / command
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m console "$@"\n')
    path.chmod(0o755)
    terminal.run("bash", "--norc", "--noprofile", "-i")
    terminal.type("cd; export BATCHDECK_BLOCK_SECONDS=0.3")
    terminal.keys("Enter")
    export, helped = guide.lines("export PATH")
    shell(terminal, export)
    shell(terminal, helped, "List batches, newest first", "--remote")


def settles(guide: Guide, terminal: Terminal) -> None:
    guide.next("**2. Say where things are.**")
    guide.elsewhere("Settings are flags", "console/test_cli_usage.py::test_environment_and_file")
    guide.next("For a try on the simulated node")
    for line in guide.lines("export BATCHDECK_DATABASE_URL"):
        shell(terminal, line)


def imports(guide: Guide, terminal: Terminal, home: Path) -> None:
    guide.next("**3. Import the catalogue**")
    guide.next("All of it or nothing: each bad line is named with its column and why.")
    (command,) = guide.lines("batchdeck catalogue import")
    opened, *ways = guide.keys("Or open the console at once:", "An empty database greets with three ways on")
    columns = [name for row in guide.lines("| Column |") for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    catalogue(home, columns, price="free")
    shell(terminal, f"{command}; echo ended $?", "line 12, price", "free", "ended 2")
    opens(terminal, "three ways on")
    assert opened == "batchdeck"
    assert [re.search(rf"^ +{way}  ", terminal.screen(), re.MULTILINE) is None for way in ways] == [False] * 3
    terminal.keys(ways[0])
    terminal.type("catalogue.csv")
    terminal.keys("Enter")
    terminal.wait("Nothing is imported", "line 12, price")
    terminal.keys("Escape")
    terminal.wait("three ways on", gone="Nothing is imported")
    catalogue(home, columns)
    leaves(terminal)
    shell(terminal, f"{command}; echo ended $?", f"{MINE + 1} contents imported", "ended 0")


def composes(guide: Guide, terminal: Terminal) -> None:
    guide.next("**4. Compose.**")
    opens(terminal, "to compose the first one")
    press(terminal, *guide.keys("In the console press"))
    terminal.wait("contents match", "New price")
    price, creator, search, every, chosen = guide.keys("Type the new price")
    terminal.type(price)
    terminal.wait("1.5 STX each")
    press(terminal, creator)
    terminal.wait("Whose contents?", CREATOR)
    press(terminal, "Down", "Enter")
    terminal.wait(f"Creator {CREATOR}", f"{MINE} contents match", gone="Whose contents?")
    press(terminal, search)
    terminal.type("title")
    terminal.keys("Enter", "Space", "Space")
    terminal.wait("2 items of 1 creator")
    press(terminal, every)
    terminal.wait(f"{MINE} items of 1 creator", "2 batches")
    press(terminal, chosen)
    terminal.wait(f"Only what is chosen: {MINE}")
    press(terminal, chosen)
    terminal.wait("contents match", gone="Only what is chosen")


def reviews(guide: Guide, terminal: Terminal) -> None:
    (review,) = guide.keys(
        "`Ctrl+R` goes to *Review*: old and new, item by item, what would fail and why, the fees, and"
    )
    (submit,) = guide.keys("`Ctrl+S` submits, from there and nowhere else.")
    press(terminal, submit)
    terminal.wait(f"{MINE} items of 1 creator", gone="Submit 130 items?")
    press(terminal, review)
    terminal.wait(
        "1.001 STX  →  1.5 STX", "none of 129 calls would abort", "about 0.258 STX", "signer", gone="New price"
    )
    press(terminal, submit)
    terminal.wait(f"Submit {MINE} items?", "Cancel")
    terminal.keys("Tab", "Enter")
    terminal.wait("2 batches as one", "130/130 items done", "✓ 129  ■ 1", "1/2", "2/2")


def searches(guide: Guide, terminal: Terminal) -> None:
    *terms, negation = guide.keys("The search takes words and terms, all of which must fit:")
    terminal.keys("c")
    terminal.wait("contents match", "New price")
    terminal.keys("F5")
    for term in terms:
        for typed, count in ((term, FINDS[term]), (negation + term, MINE + 1 - FINDS[term])):
            terminal.keys("C-u")
            terminal.type(typed)
            terminal.wait(f"Search {typed} ", f" {count} content")
    terminal.keys("C-u")
    terminal.type(" ".join((terms[0], terms[-1])))
    terminal.wait(" 2 contents match")  # both must fit


def reprices(guide: Guide, terminal: Terminal) -> None:
    """Leave the list with four contents of two creators chosen, and try each form of a price on them."""
    changes = guide.keys("A price may also say how it differs:")
    terminal.keys("C-u")
    terminal.type('"a phrase"')
    terminal.wait(" 4 contents match")
    terminal.keys("Enter", "a")
    terminal.wait("4 items of 2 creators")
    terminal.keys(*["BTab"] * 6)  # over creator, search, note, begin and ids to the price
    for change in changes:
        terminal.keys("C-u")
        terminal.type(change)
        terminal.keys("C-r")
        terminal.wait("Preflight", *(f"→  {price}" for price in COMES_TO[change]))
        terminal.keys("Escape")
        terminal.wait("4 items of 2 creators", "New price")


def begins_a_draft(guide: Guide, terminal: Terminal) -> None:
    guide.next("More than 100 items become several batches in order, shown as one group.")  # it was shown
    (draft,) = guide.keys("`t` on a finished batch begins a new draft with it.")
    leaves_compose(terminal)
    terminal.wait("2 batches as one", "1/2", gone="New price")
    press(terminal, "Down", draft)
    terminal.wait("30 items of 1 creator", "New price    1.5 STX")
    leaves_compose(terminal)
    terminal.wait("2 batches as one", gone="New price")
    looks_at_changes(guide, terminal)
    leaves(terminal)


def looks_at_changes(guide: Guide, terminal: Terminal) -> None:
    """Go from the list to the catalogue, to what changed its first content, and back."""
    catalogue, changes = guide.keys("In the catalogue, `o`, the chain's price stands beside yours")
    press(terminal, catalogue)
    terminal.wait("1.5 STX on both sides", "price by batch", "✓ confirmed (+1 earlier change)")
    press(terminal, changes)
    terminal.wait("1.001 → 1.5 STX", "✓ confirmed", "import", "the same price")
    press(terminal, "Escape")
    terminal.wait("contents match", gone="the same price")
    press(terminal, "Escape")
    terminal.wait("2 batches as one", gone="contents match")


def leaves_compose(terminal: Terminal) -> None:
    """From a field to the list, from its marks to none, and out."""
    terminal.keys("Escape", "Escape", "Escape")
    terminal.wait("Leave without submitting?")
    terminal.keys("Tab", "Enter")


def results(guide: Guide, terminal: Terminal, home: Path) -> None:
    guide.next("**5. Watch, then read the results.**")
    guide.next("Every item ends with one outcome:")
    table = guide.lines("| Outcome |")
    assert [row.split("|")[1].strip() for row in table[2:]] == [one.value for one in Outcome]
    shell(terminal, f"BATCHDECK_CHAIN_URL=off {SUBMIT} --ids 30-34,nope --price 1stx --wait", "5 off-chain, 1 failed")
    opens(terminal, "6/6")
    press(terminal, "Enter")
    terminal.wait("6 of 6 items shown")
    off, failed, why = guide.keys("`4` shows what is off-chain, `5` what failed, and `w` counts the reasons:")
    for key, count in ((off, 5), (failed, 1)):
        press(terminal, key)
        terminal.wait(f"{count} of 6 items shown")
    press(terminal, "1", why)
    terminal.wait("5 x", "1 x")
    enter, space = "Enter", "Space"
    press(terminal, enter)
    terminal.wait("5 of 6 items shown", "(esc: for any reason)")
    press(terminal, "Escape")  # a key at once behind it would be one with Alt
    terminal.wait("6 of 6 items shown")
    press(terminal, why, space)
    terminal.wait("5 marked")
    (retry,) = guide.keys("Mark some or take all, `r` retries exactly these, after a preview.")
    press(terminal, retry)
    terminal.wait("Retry 5 items?", "5 items will be sent in a new batch", "Cancel")
    terminal.keys("Tab", "Enter")
    terminal.wait("5/5 done", "settled", "✓ 5")
    export, mark, command = guide.keys("`e` writes them to CSV, JSON or JSON lines, if you like under a head")
    writes(terminal, home, export, mark)
    compare, shown = guide.keys("`h` sets a batch beside its retries and theirs")
    press(terminal, compare)
    terminal.wait("First ", "◌ 5  ✗ 1", "Retry 1", "✓ 5 confirmed  ✗ 1 failed", "6 of 6 contents shown")
    press(terminal, "Escape")
    terminal.wait("5/5 done", "items shown")
    comes_back(guide, terminal)
    (first, again) = batches(home)[-2:]
    shell(terminal, command.replace("BATCH", first), f"{mark} batch", CREATOR)
    shell(terminal, shown.replace("BATCH", first), "First:", f"Retry 1:   {again}: 5 confirmed")


def scripts(guide: Guide, terminal: Terminal, home: Path) -> None:
    """The same without the console: each line with an address and a batch of ours in the place of ST... and BATCH."""
    guide.next("**6. The same without the console:**")
    block = guide.lines("batchdeck submit update-price")
    for line, (told, code) in zip(block, SCRIPTS, strict=True):
        command = line.partition("#")[0].replace("ST...", CREATOR).replace("BATCH", batches(home)[2]).strip()
        shell(terminal, f"{command}; echo ended $?", told, f"ended {code}")
    rest = list(csv.DictReader((home / "rest.csv").open()))
    assert [row["outcome"] for row in rest] == ["off-chain"] * 5 + ["failed"]
    codes = guide.next(
        "Exit codes: 0 done; 1 the batch ended with failed, off-chain or cancelled items; 2 refused input"
    )
    assert re.findall(r"\b\d+\b", codes) == ["0", "1", "2", "3", "130", "141"]
    guide.elsewhere("`--json` on every command that prints.", "console/test_cli_json.py::test_no_field_is_taken_away")


def writes(terminal: Terminal, home: Path, export: str, mark: str) -> None:
    """Write what is shown under a head in each format; in CSV alone the head's lines are marked."""
    under = ("Up", "Space", "Down")  # which the dialog remembers
    for ending, head in (("csv", under), ("json", ()), ("jsonl", ())):
        press(terminal, export)
        terminal.wait("Export results")
        terminal.keys("C-u")
        terminal.type(f"out.{ending}")
        terminal.keys(*head, "Enter")
        terminal.wait("5 results written", gone="Export results")
        text = (home / f"out.{ending}").read_text()
        assert CREATOR in text
        assert text.count("confirmed") >= 5
        assert text.startswith(mark) is (ending == "csv")


def comes_back(guide: Guide, terminal: Terminal) -> None:
    """Where the console was left, the shell and back, and a key that is another one."""
    (theme,) = guide.keys("The console opens where you left it, with its filters and theme")
    press(terminal, "2", theme)
    terminal.wait("[2 Confirmed 5]")
    leaves(terminal)
    shell(terminal, "batchdeck", "[2 Confirmed 5]", "running")
    (back,) = guide.keys("Ctrl-Z goes to the shell")
    terminal.keys("C-z")
    terminal.wait("Stopped")
    shell(terminal, back, "[2 Confirmed 5]", "the engine stood still")
    leaves(terminal)
    file, folder, palette = guide.keys("Any key can be another one:")
    guide.elsewhere(
        "A key that can't be used is told", "console/test_keymap.py::test_bad_keys_are_said_before_anything_is_done"
    )
    keys = guide.next("[keys]")
    shell(terminal, f"mkdir -p {folder}; cat > {folder}{file} <<'END'\n{keys}\nEND")
    shell(terminal, "batchdeck", "[2 Confirmed 5]", "f7 Retry", "f10 Help")
    press(terminal, "F10")
    terminal.wait("Keys", "f7   ", "Esc closes")
    press(terminal, "Escape")
    terminal.wait("items shown", gone="Esc closes")
    press(terminal, palette)
    terminal.type("batch.retry")
    terminal.wait("(batch.retry)")
    press(terminal, "Escape")
    terminal.wait("items shown", gone="(batch.retry)")
    leaves(terminal)


def a_real_node(guide: Guide) -> None:
    """Another network is played where no network is: by the tests named here."""
    guide.next("**7. A real node.**")
    guide.elsewhere("Put one private key", "engine/test_keyring.py::test_reads_keys_and_mnemonics")
    guide.elsewhere(
        "Each batch is signed",
        "engine/test_line_plays.py::test_a_creator_without_a_key_stays_off_chain_with_that_reason",
    )
    guide.elsewhere(
        "chmod 600", "engine/test_keyring.py::test_open_files_are_refused", "console/test_cli_devnet.py::test_signers"
    )
    guide.elsewhere("A database belongs", "engine/test_outcomes.py::test_another_chain_is_refused")
    guide.elsewhere("Several addresses", "engine/test_fleet.py::test_what_one_node_never_shows_the_other_gets")
    guide.elsewhere("A plain node", "engine/test_fleet.py::test_what_a_plain_node_cannot_tell_stays_pending")
    assert guide.left == []


def test_the_first_ten_minutes_word_by_word(tmp_path: Path, terminal: Terminal) -> None:
    """Whoever types what the README says sees what it says; a sentence that nobody plays fails here."""
    guide = Guide((ROOT / "README.md").read_text())
    installs(guide, terminal, tmp_path)
    settles(guide, terminal)
    imports(guide, terminal, tmp_path)
    composes(guide, terminal)
    reviews(guide, terminal)
    searches(guide, terminal)
    reprices(guide, terminal)
    begins_a_draft(guide, terminal)
    results(guide, terminal, tmp_path)
    scripts(guide, terminal, tmp_path)
    a_real_node(guide)
