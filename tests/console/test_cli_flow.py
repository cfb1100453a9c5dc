"""The main job by commands alone, each a process of its own, on a database with no chain."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.command import CREATOR, HEADER, OTHER, ROOT, Batchdeck, catalogue

SAMPLE = ROOT / "console" / "sample.csv"


@pytest.fixture
def deck(tmp_path: Path) -> Batchdeck:
    """A database with ten contents of one creator."""
    deck = Batchdeck(tmp_path)
    (tmp_path / "ten.csv").write_text(catalogue(10))
    deck.run("catalogue", "import", "ten.csv")
    return deck


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Batchdeck:
    """A database in which nothing is ever stored."""
    deck = Batchdeck(tmp_path_factory.mktemp("empty"))
    deck.run("resume", "--all")
    return deck


@pytest.fixture
def owner(deck: Batchdeck) -> Iterator[subprocess.Popen[str]]:
    """An engine that owns the database."""
    process = deck.start("engine", "--no-api")
    assert process.stdout is not None
    assert process.stdout.readline() == "READY\n"
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def submit(deck: Batchdeck, ids: str, *more: str, code: int = 0) -> dict:
    return deck.json(
        "submit", "update-price", "--creator", CREATOR, "--ids", ids, "--price", "2.5stx", *more, code=code
    )


def test_sample_comes_and_goes(tmp_path: Path) -> None:
    """The 3,200 titles are imported in one go, and exported as they came."""
    deck = Batchdeck(tmp_path)
    assert deck.json("catalogue", "import", str(SAMPLE)) == {"imported": 3200}
    deck.run("catalogue", "export", "-o", "out.csv")
    assert (tmp_path / "out.csv").read_text() == SAMPLE.read_text()
    lines = deck.run("catalogue", "export", "--format", "jsonl", "--creator", OTHER).stdout.splitlines()
    assert {json.loads(line)["creator"] for line in lines} == {OTHER}


def test_bad_lines_are_all_named(tmp_path: Path) -> None:
    """Three bad lines of 250: each is named with column and remedy, and nothing is imported."""
    deck = Batchdeck(tmp_path)
    lines = catalogue(250).splitlines()
    lines[10], lines[100], lines[200] = f"10,{CREATOR},T,free", "100,ST1,T,1", f"200,{CREATOR},,1"
    (tmp_path / "bad.csv").write_text("\n".join(lines))
    done = deck.run("catalogue", "import", "bad.csv", "--json", code=2)
    assert [problem["line"] for problem in json.loads(done.stdout)["problems"]] == [11, 101, 201]
    for words in ("line 11, price", "line 101, creator", "line 201, title"):
        assert words in done.stderr
    assert not list(tmp_path.glob("*.sqlite3"))


def test_import_names_the_line_that_the_catalogue_refuses(deck: Batchdeck) -> None:
    """What only the catalogue can know, as an on-chain id that another content has, is named by its line too."""
    text = f"{HEADER},on_chain_id\nnew,{CREATOR},T,1,11\nother,{CREATOR},T,1,5\n"
    done = deck.run("catalogue", "import", "-", "--format", "csv", stdin=text, code=2)
    assert "line 3" in done.stderr
    assert "'other'" in done.stderr
    assert len(deck.run("catalogue", "export").stdout.splitlines()) == 11


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    """No byte at all, or a head alone: one line says that there is nothing, and what is expected."""
    for name, text, said in (
        ("none.csv", "", "the file is empty: its first line names the columns"),
        ("head.csv", f"{HEADER}\n", "has no content: its first line names the columns"),
        ("none.json", "", "the file is empty: write an array of contents"),
        ("list.json", "[]", "has no content: write an array of contents"),
        ("none.jsonl", "", "has no content: write one content a line"),
    ):
        (tmp_path / name).write_text(text)
        done = Batchdeck(tmp_path).run("catalogue", "import", name, code=2)
        assert f"line 1: {said}" in done.stderr
        assert "missing" not in done.stderr


def test_not_utf8(deck: Batchdeck) -> None:
    """A file in another encoding is refused with the line where it stops being UTF-8."""
    done = deck.run(
        "catalogue", "import", "-", "--format", "csv", stdin=f"{HEADER}\n1,x,Caf".encode() + b"\xe9\n", code=2
    )
    assert "line 2 isn't UTF-8" in done.stderr


def test_stored_then_drained(deck: Batchdeck) -> None:
    """`submit` stores and says what will run it; `engine --drain` carries it and ends by itself with 0."""
    body = submit(deck, "1,3-5")
    assert body == {
        "message": "Batch price update initiated",
        "batchId": body["batchId"],
        "status": "pending",
        "totalItems": 4,
    }
    said = deck.run("submit", "remove-content", "--creator", CREATOR, "--ids", "10").stdout
    assert "batchdeck engine --drain" in said
    drained = deck.run("engine", "--drain", "--no-api")
    assert drained.stdout == "READY\n"
    shown = deck.json("show", body["batchId"])
    assert (shown["status"], shown["offChainCount"], shown["contentIds"]) == ("completed", 4, ["1", "3", "4", "5"])
    assert {result["error"] for result in shown["results"]} == {"No chain configured"}


def test_wait_tells_how_it_ended(deck: Batchdeck) -> None:
    """`--wait` runs the engine itself, is silent in a pipe, and ends with 1 when an item isn't where it should be."""
    metadata = ("submit", "update-metadata", "--creator", CREATOR, "--set", "title=New = better", "--wait")
    done = deck.run(*metadata, "--ids", "1,2", "--json")
    assert done.stderr == ""
    assert json.loads(done.stdout)["catalogueOnlyCount"] == 2
    mixed = deck.json(*metadata, "--ids", "1,nope", code=1)
    assert [(one["contentId"], one["error"]) for one in mixed["results"]] == [
        ("1", None),
        ("nope", "Content not found"),
    ]


def test_results_are_filtered_and_exported(deck: Batchdeck) -> None:
    """The results of a batch by outcome, as a table, CSV, JSON and JSONL, on stdout or in a file."""
    batch = submit(deck, "1,2,nope", "--wait", code=1)["batchId"]
    table = deck.run("results", batch, "--outcome", "failed").stdout
    assert "nope" in table
    assert "Content not found" in table
    assert "No chain configured" not in table
    rows = list(csv.DictReader(io.StringIO(deck.run("results", batch, "--format", "csv").stdout)))
    assert [row["outcome"] for row in rows] == ["off-chain", "off-chain", "failed"]
    deck.run("results", batch, "--format", "jsonl", "--outcome", "off-chain,failed", "-o", "r.jsonl")
    found = [json.loads(line) for line in (deck.home / "r.jsonl").read_text().splitlines()]
    assert found == deck.json("results", batch)
    headed = deck.json("results", batch, "--outcome", "failed", "--head")
    assert headed["results"] == found[2:]
    assert headed["summary"]["outcomes"] == {
        **dict.fromkeys(headed["summary"]["outcomes"], 0),
        "off-chain": 2,
        "failed": 1,
    }
    assert headed["summary"]["filter"]["outcomes"] == ["failed"]
    lines = deck.run("results", batch, "--format", "csv", "--head").stdout.splitlines()
    assert list(csv.DictReader(line for line in lines if not line.startswith("#"))) == rows
    assert "can't be written" in deck.run("results", batch, "-o", "no/such/folder", code=2).stderr


@pytest.mark.parametrize(
    "words",
    [
        ("batches", "--config", "~nobody-of-that-name/file"),
        ("catalogue", "export", "--format", "csv", "-o", "~nobody-of-that-name/file"),
        ("backup", "~nobody-of-that-name/file"),
        ("restore", "~nobody-of-that-name/file"),
        ("devnet", "--file", "~nobody-of-that-name/file"),
    ],
)
def test_a_home_folder_that_is_not_there_is_a_sentence(deck: Batchdeck, words: tuple[str, ...]) -> None:
    """A slip in the name of a file is no internal error, whichever command is given it."""
    said = deck.run(*words, code=2).stderr
    assert "file can't be used: there is no home folder ~nobody-of-that-name; give the whole path" in said


def test_retry_and_revert(deck: Batchdeck) -> None:
    """A retry takes what failed and names what it leaves; a revert puts back the old value; both can be tried dry."""
    batch = submit(deck, "1,2,nope", "--wait", code=1)["batchId"]
    plan = deck.json("retry", batch, "--dry-run")
    assert [item["contentId"] for item in plan["items"]] == ["1", "2", "nope"]
    assert [item["newPrice"] for item in plan["items"]] == [2_500_000] * 3
    assert [item["problem"] for item in plan["items"]] == [None, None, "Content not found"]
    submitted = submit(deck, "1,2,nope", "--dry-run")
    assert submitted.keys() < plan.keys()
    assert submitted["items"][0].keys() < plan["items"][0].keys()
    said = deck.run("retry", batch, "--dry-run").stdout.splitlines()
    assert said[0].split() == ["CONTENT", "OLD", "NEW", "NOTE", "TITLE"]
    assert said[-4:] == [
        "3 items, 1 of which would fail, in 1 batch",
        "Chain: off",
        "No chain is configured: what has a call to make would stay off-chain",
        "Nothing was stored.",
    ]
    again = deck.json("retry", batch, "--outcome", "off-chain")
    assert (again["totalItems"], again["retryOf"]) == (2, batch)
    assert {one["contentId"] for one in again["skipped"]} <= {"nope"}
    assert f"1 can be tried again: batchdeck retry {batch}" in deck.run("show", batch).stdout, (
        "the others are under way"
    )
    assert again["batchId"] in deck.run("retry", batch, "--outcome", "off-chain", code=2).stderr
    nothing = deck.json("retry", batch, "--outcome", "off-chain", "--dry-run")
    assert (nothing["totalItems"], nothing["items"], len(nothing["skipped"])) == (0, [], 3)
    said = deck.run("retry", batch, "--outcome", "off-chain", "--dry-run").stdout
    assert "Left out 1: " in said
    assert said.endswith("Nothing is left to send, and nothing was stored.\n")
    deck.run("engine", "--drain", "--no-api")
    told = deck.run("show", again["batchId"], "--retries").stdout
    assert f"First:     {batch}: 2 off-chain, 1 failed" in told
    assert f"Retry 1:   {again['batchId']}: 2 off-chain" in told
    rows = [line.split() for line in told.splitlines() if line.startswith(("1 ", "nope"))]
    assert [row[:4] for row in rows] == [
        ["1", "off-chain", "off-chain", "off-chain"],
        ["nope", "failed", "-", "failed"],
    ]
    chain = deck.json("show", batch, "--retries")["retries"]
    assert (chain["batchId"], chain["total"]) == (batch, 1)
    assert [one["batchId"] for one in chain["last"]] == [again["batchId"], again["batchId"], batch]
    back = deck.json("revert", batch, "--wait", code=1)
    assert (back["revertOf"], back["totalItems"]) == (batch, 2)
    assert "1000000" in deck.run("catalogue", "export").stdout.splitlines()[1]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--ids", "1,1", "--price", "1"], ("contentIds", "--ids", "twice")),
        (["--price", "1"], ("contentIds", "1 to 100")),
        (["--ids", "1-101", "--price", "1"], ("contentIds", "101")),
        (["--ids", "1", "--price", "0"], ("newPrice", "--price", "0")),
        (["--ids", "1", "--price", "-1"], ("newPrice", "-1")),
        (["--ids", "1", "--price", "1.5"], ("newPrice", "1.5")),
        (["--ids", "1", "--price", str(2**63)], ("newPrice", str(2**63))),
        (["--ids", "1", "--price", "dear"], ("newPrice", "dear")),
        (["--ids", "1"], ("newPrice", "missing")),
        (["--ids", "1", "--price", "1", "--reason", "x"], ("removalReason", "--reason")),
        (["--ids", "1", "--price", "1", "--at", "tomorrow"], ("scheduledFor", "--at", "tomorrow")),
        (["--ids", "1", "--price", "1", "--creator", "SP000000000000000000002Q6VF78"], ("creator", "mainnet")),
        (["--ids", "1", "--price", "1", "--creator", CREATOR[:-1] + "6"], ("creator", "checksum")),
    ],
)
def test_refused_drafts(empty: Batchdeck, flags: list[str], words: tuple[str, ...]) -> None:
    """A bad draft ends with 2 and a sentence that names field, value and remedy; nothing is stored."""
    done = empty.run("submit", "update-price", "--creator", CREATOR, *flags, "--wait", code=2)
    assert len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr
    assert empty.json("batches")["total"] == 0


def test_idempotency_key(deck: Batchdeck) -> None:
    """The same key and input give the same batch; the same key with other input is refused."""
    first = submit(deck, "1", "--idempotency-key", "K")
    assert submit(deck, "1", "--idempotency-key", "K")["batchId"] == first["batchId"]
    deck.run(
        "submit", "update-price", "--creator", CREATOR, "--ids", "2", "--price", "1", "--idempotency-key", "K", code=2
    )
    assert deck.json("batches")["total"] == 1


def test_ids_from_a_file_and_from_stdin(deck: Batchdeck) -> None:
    """Ids come by file, by pipe and by flag together."""
    (deck.home / "ids.txt").write_text("\ufeff1\r\n2\r\n")
    assert submit(deck, "3", "--ids-file", "ids.txt")["totalItems"] == 3
    body = deck.json(
        "submit", "remove-content", "--creator", CREATOR, "--ids-file", "-", "--reason", "rights", stdin="4\n5,6\n"
    )
    assert body["totalItems"] == 3


def test_dry_run_changes_nothing(deck: Batchdeck) -> None:
    """`--dry-run` shows old and new value and what would fail, and stores nothing."""
    review = submit(deck, "1,nope", "--dry-run")
    assert [(row["old"], row["new"]) for row in review["items"]] == [("1 STX", "2.5 STX"), ("", "2.5 STX")]
    assert review["items"][1]["problem"] == "Content not found"
    assert deck.json("batches")["total"] == 0


def test_a_time_that_has_passed_means_at_once(deck: Batchdeck) -> None:
    """Yesterday is no schedule: the batch is pending, the answer says so, and `--drain` carries it."""
    past = ("--at", "2020-01-01T00:00Z")
    batch = submit(deck, "1", *past)
    assert batch["status"] == "pending"
    assert (
        submit(deck, "1", *past, "--idempotency-key", "K")["batchId"]
        == (submit(deck, "1", *past, "--idempotency-key", "K")["batchId"])
    )
    said = deck.run("submit", "remove-content", "--creator", CREATOR, "--ids", "2", *past).stdout
    assert "2020-01-01T00:00Z has passed, so it begins at once" in said
    assert "pending" in said
    assert "has passed means at once" in " ".join(deck.run("submit", "--help").stdout.split())
    deck.run("engine", "--drain", "--no-api")
    shown = deck.json("show", batch["batchId"])
    assert (shown["status"], shown["scheduledFor"]) == ("completed", None)


def test_prices_told_by_how_they_differ(deck: Batchdeck) -> None:
    """`--price +10%` gives each content its own price; what can't have it is named, and nothing is stored."""
    text = f"{HEADER}\n1,{CREATOR},T,1230000\n2,{CREATOR},T,400000\n"
    deck.run("catalogue", "import", "-", "--format", "csv", stdin=text)
    update = ("submit", "update-price", "--creator", CREATOR, "--ids", "1-2", "--price")
    review = deck.json(*update, "+10% ~0.1stx", "--dry-run")
    assert [(row["old"], row["new"]) for row in review["items"]] == [("1.23 STX", "1.4 STX"), ("0.4 STX", "0.4 STX")]
    refused = deck.run(*update, "-0.5stx", code=2)
    assert "1 of 2 can't have it: 2: 0.4 STX would become -0.1 STX" in refused.stderr
    batch = deck.json(*update, "+10%", "--wait", code=1)
    assert batch["updatePayload"]["items"] == [
        {"contentId": "1", "newPrice": 1353000},
        {"contentId": "2", "newPrice": 440000},
    ]
    lines = deck.run("catalogue", "export", "--search", "price:440000..1353000 changed:<1h").stdout.splitlines()
    assert len(lines) == 3
    assert "is not known" in deck.run("catalogue", "export", "--search", "colour:red", code=2).stderr


def test_scheduled_and_held(deck: Batchdeck) -> None:
    """A scheduled batch doesn't keep `--drain`; a batch is paused, resumed and cancelled by commands."""
    batch = submit(deck, "1", "--at", "2100-01-01T00:00Z")
    assert batch["status"] == "scheduled"
    later = ("submit", "remove-content", "--creator", CREATOR, "--ids", "2", "--at", "2100-01-01T00:00Z")
    said = deck.run(*later).stdout
    assert "batchdeck engine (or" in said, "with --drain, an engine ends before that hour"
    deck.run("engine", "--drain", "--no-api")
    assert deck.json("pause", batch["batchId"])["status"] == "paused"
    assert deck.json("resume", batch["batchId"])["status"] == "scheduled"
    assert deck.json("cancel", batch["batchId"])["status"] == "cancelled"
    assert "cancelled" in deck.run("cancel", batch["batchId"], code=2).stderr


def test_emergency_stop(deck: Batchdeck) -> None:
    """A stopped engine stays stopped in every later process, and waiting for it ends with 3 and what to type."""
    assert deck.json("pause", "--all") == {"paused": True}
    stopped = deck.run("submit", "remove-content", "--creator", CREATOR, "--ids", "1", "--wait", code=3)
    assert "batchdeck resume --all" in stopped.stderr
    assert deck.json("batches")["operations"][0]["status"] == "pending"
    assert deck.json("resume", "--all") == {"paused": False}
    deck.run("engine", "--drain", "--no-api")
    assert deck.json("batches")["operations"][0]["status"] == "completed"


def test_an_owner_keeps_others_from_writing(deck: Batchdeck, owner: subprocess.Popen[str]) -> None:
    """While an engine owns the database, reading works, and writing ends with 3 and names the owner."""
    assert deck.json("batches")["total"] == 0
    assert len(deck.run("catalogue", "export").stdout.splitlines()) == 11
    for writing in (["submit", "remove-content", "--creator", CREATOR, "--ids", "1"], ["pause", "--all"]):
        done = deck.run(*writing, code=3)
        assert str(owner.pid) in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_engine_ends_in_order(owner: subprocess.Popen[str], number: signal.Signals, code: int) -> None:
    """SIGTERM ends the engine with 0, Ctrl-C with 130; stdout had READY alone."""
    owner.send_signal(number)
    out, _ = owner.communicate(timeout=15)
    assert (owner.returncode, out) == (code, "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which signals a process minds")
@pytest.mark.parametrize("command", [["engine", "--no-api"], ["devnet"]])
@pytest.mark.parametrize("after", [0, 0.3, 0.9])
def test_a_supervisor_that_changes_its_mind(tmp_path: Path, command: list[str], after: float) -> None:
    """SIGTERM at any moment after the interpreter is up ends with 0 and soon, before READY too; nobody is left."""
    deck = Batchdeck(tmp_path)
    process = deck.start(*command)
    while not _is_ours(process.pid):
        assert process.poll() is None
    time.sleep(after)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out.strip().split(" ")[0] in ("", "READY")
    deck.run("engine", "--drain", "--no-api")


def _is_ours(pid: int) -> bool:
    """Tell whether a process minds SIGTERM itself by now."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def test_what_ends_by_itself_is_killed_as_ever(deck: Batchdeck) -> None:
    """A command that SIGTERM cuts off doesn't claim to have ended well."""
    process = deck.start("submit", "update-metadata", "--creator", CREATOR, "--set", "title=T", "--ids-file", "-")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM


def test_unknown_batches(deck: Batchdeck) -> None:
    """A batch that isn't there is named, with 2, by every command that asks for it."""
    for command in ("show", "results", "retry", "revert", "pause", "cancel"):
        assert "'nope'" in deck.run(command, "nope", code=2).stderr


def test_export_of_changes(deck: Batchdeck) -> None:
    """`export --changed-since` brings home what batches changed, removals marked, and nothing else."""
    deck.run("submit", "update-price", "--creator", CREATOR, "--ids", "2", "--price", "7", "--wait", code=1)
    deck.run("submit", "remove-content", "--creator", CREATOR, "--ids", "3", "--reason", "rights", "--wait", code=1)
    text = deck.run("catalogue", "export", "--changed-since", "2020-01-01T00:00Z").stdout
    rows = {row["content_id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(rows) == {"2", "3"}
    assert (rows["2"]["price"], rows["2"]["removed_at"], rows["3"]["removal_reason"]) == ("7", "", "rights")
    assert deck.run("catalogue", "export", "--changed-since", "2100-01-01T00:00Z").stdout.count("\n") == 1


def test_no_database_yet(tmp_path: Path) -> None:
    """Reading before there is anything says so with 3, and makes nothing."""
    deck = Batchdeck(tmp_path)
    assert "no database" in deck.run("batches", code=3).stderr
    assert not list(tmp_path.glob("*.sqlite3*"))
