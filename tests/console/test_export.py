"""Results leave the house as INTERFACE.md names them, and run nothing in the program that opens them."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from console import id_file
from console.cli import inputs
from console.export import COLUMNS, ExportRefused, format_of, guarded, results, save, write_results
from console.export_head import Sieve, head_of
from engine import setting_rules
from engine.core.model import ItemState as S
from engine.core.model import Outcome
from engine.errors import InvalidDraft
from tests.console.fake_engine import ALICE, NOW, FakeEngine, item, txid


def text(kind: str, **given: object) -> str:
    file = io.StringIO()
    write_results(results([item("01K", 0, S.CONFIRMED), item("01K", 1, S.FAILED, **given)]), kind, file)
    return file.getvalue()


def test_csv_has_the_columns_in_order() -> None:
    """Nulls are empty, booleans are words, a txid has its 0x."""
    header, first, second = csv.reader(io.StringIO(text("csv", error="Content not found")))
    assert tuple(header) == COLUMNS
    assert first[:4] == ["content-1", "true", "confirmed", "Price updated to 2.5 STX"]
    assert first[5:9] == [f"0x{txid(0)}", "40", "2000", "1200"]
    assert second[:6] == ["content-2", "false", "failed", "", "Content not found", ""]


def test_json_and_jsonl_say_the_same() -> None:
    """A list and lines hold the same objects, with nulls."""
    lines = [json.loads(line) for line in text("jsonl").splitlines()]
    assert json.loads(text("json")) == lines
    assert tuple(lines[0]) == COLUMNS
    assert lines[1]["txId"] is None


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_is_never_a_formula(evil: str) -> None:
    """A content named like a formula stays a name; JSON keeps it as it is."""
    kept = evil.replace("\r", "\n")
    assert guarded(evil) == f"'{kept}"
    row = list(csv.reader(io.StringIO(text("csv", content_id=evil), newline="")))[2]
    assert row[0] == f"'{kept}"
    assert json.loads(text("json", content_id=evil))[1]["contentId"] == evil


def test_numbers_are_not_guarded() -> None:
    """Only text can be a formula."""
    assert (guarded(-5), guarded(True), guarded(None)) == ("-5", "true", "")


def test_the_name_says_the_format(tmp_path: Path) -> None:
    """An unknown ending is refused with those there are; another file is never written over."""
    with pytest.raises(ValueError, match=r"\.csv, \.json, \.jsonl"):
        format_of("results.xls")
    name = str(tmp_path / "results.jsonl")
    assert save(results([item("01K", 0, S.CONFIRMED)]), name) == 1
    with pytest.raises(ExportRefused, match="another name"):
        save([], name)


def test_half_a_file_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full in the middle, nothing is left that would look like all of it."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("console.export.json.dump", full)
    with pytest.raises(ExportRefused, match="No space left on device; give another place"):
        save(results([item("01K", 0, S.CONFIRMED)]), str(tmp_path / "results.json"))
    assert list(tmp_path.iterdir()) == []


def headed(kind: str, **given: object) -> str:
    """Write two of five items under a head."""
    engine = FakeEngine()
    batch = engine.add("01K", [S.CONFIRMED, S.SUBMITTED, S.OFF_CHAIN, S.FAILED, S.QUEUED], **given)
    sieve = Sieve((Outcome.OFF_CHAIN, Outcome.FAILED), "con", "Not there", marked=True)
    file = io.StringIO()
    rows = results(engine.of["01K"][2:4])
    write_results(rows, kind, file, head_of(batch, len(rows), sieve, NOW, "TESTNET (simulated), devnet"))
    return file.getvalue()


def test_a_head_says_what_the_file_is_of() -> None:
    """Batch, creator, operation, when, by whom, counts on both sides, and the filter; JSON and lines say the same."""
    whole = json.loads(headed("json"))
    first, *rest = map(json.loads, headed("jsonl").splitlines())
    assert (first, rest) == ({"summary": whole["summary"]}, whole["results"])
    head = whole["summary"]
    assert (head["batchId"], head["creator"], head["operationType"]) == ("01K", ALICE, "update-price")
    assert (head["who"], head["createdAt"], head["exportedAt"]) == (
        "console", "2026-11-23T08:14:18.000Z", "2026-11-23T08:15:00.000Z",
    )  # fmt: skip
    assert head["catalogue"] == {"changed": 3, "unchanged": 1, "notYet": 1}
    assert head["onChain"] == {
        "confirmed": 1, "pending": 1, "offChain": 1, "noCall": 0, "notSent": 1, "notYet": 1,
    }  # fmt: skip
    assert (head["totalItems"], head["writtenItems"], len(rest)) == (5, 2, 2)
    assert head["filter"] == {
        "outcomes": ["off-chain", "failed"], "text": "con", "reason": "Not there", "marked": True,
    }  # fmt: skip


def test_a_csv_under_a_head_is_still_a_table() -> None:
    """Whoever skips the lines that begin with # has the same table as without them, also of a content called #1."""
    lines = headed("csv").splitlines()
    above = [line for line in lines if line.startswith("#")]
    assert above == lines[: len(above)]
    assert "# batchId,01K" in above
    assert "# catalogue changed,3" in above
    assert '# filter outcomes,"off-chain, failed"' in above
    table = list(csv.reader(lines[len(above) :]))
    assert tuple(table[0]) == COLUMNS
    assert [row[2] for row in table[1:]] == ["off-chain", "failed"]
    many = {"items": [{"contentId": "content-1", "newPrice": 5}, {"contentId": "content-2", "newPrice": 6}]}
    assert '# updatePayload items,"2, a value for each"' in headed("csv", payload=many)
    file = io.StringIO()
    write_results(results([item("01K", 0, S.CONFIRMED, content_id="#1")]), "csv", file, {"batchId": "01K"})
    assert file.getvalue().splitlines()[2].startswith('"#1"')


@pytest.mark.parametrize("evil", ["=1+1", "x\n=1+1", "x,=1+1", "@SUM(A1)\r\n#", "\x85=1\u2028=2"])
def test_a_head_is_no_formula_and_one_line_each(evil: str) -> None:
    """A note or a batch's maker stays in one cell of one line behind its name."""
    lines = headed("csv", why=evil, who=evil).splitlines()
    [why] = [line for line in lines if line.startswith("# why")]
    cells = next(csv.reader([why]))
    assert len(cells) == 2
    assert not cells[1].startswith(("=", "@"))
    assert len(lines) == len(headed("csv", why="x", who="x").splitlines())


def test_a_home_folder_that_is_not_there_is_a_sentence() -> None:
    """A slip of a name is no error that nobody foresaw: what is read, written and set says so alike."""
    name = "~nobody-of-that-name/results.csv"
    with pytest.raises(ExportRefused, match="there is no home folder ~nobody-of-that-name; give another place"):
        save([], name)
    for read in (id_file.read_text, inputs.read_text):
        with pytest.raises(InvalidDraft, match="can't be read: there is no home folder ~nobody-of-that-name"):
            read(name)
    with pytest.raises(ValueError, match="no home folder ~nobody-of-that-name: give the whole path"):
        setting_rules.file(Path(name))


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    """A pipe that nobody writes, a device without end and a folder are refused at once; nothing is waited for."""
    pipe = tmp_path / "ids.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(id_file.read_text, str(pipe))
        try:
            with pytest.raises(InvalidDraft, match=r"ids\.csv: is a pipe: give the name of a file"):
                asked.result(timeout=5)
        finally:
            with contextlib.suppress(OSError):
                os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    for name, what in (("/dev/zero", "a device"), (str(tmp_path), "a folder")):
        with pytest.raises(InvalidDraft, match=f"{name}: is {what}: give the name of a file"):
            id_file.read_text(name)
    with pytest.raises(ExportRefused, match=r"ids\.csv is there already"):
        save([], str(pipe))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """Two gigabytes are refused by their size; of a file that tells none no more is read than it may have."""
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(InvalidDraft, match="is over 8 MB: this can't be a list of ids"):
        id_file.read_text(str(large))
    if Path("/proc/self/smaps").exists():
        with pytest.raises(InvalidDraft, match="is over 0 MB"):
            id_file.read_text("/proc/self/smaps", 1)
