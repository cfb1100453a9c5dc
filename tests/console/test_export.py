"""Results leave the house as INTERFACE.md names them, and run nothing in the program that opens them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from console.export import COLUMNS, ExportRefused, format_of, guarded, results, save, write_results
from engine.core.model import ItemState as S
from tests.console.fake_engine import item, txid


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
