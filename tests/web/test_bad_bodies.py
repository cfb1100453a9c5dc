"""Whatever a client sends, it is told what is wrong with it: 400 with fields and remedies, never 422, never 500."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.support import CREATOR, JSON, METADATA, PRICE, REMOVE, Api, check

MAINNET = "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7"
GOOD: dict[str, Any] = {"creator": CREATOR, "contentIds": ["1"], "newPrice": 5}
RAW = {
    "nothing": b"",
    "blank": b"  \n",
    "broken": b'{"creator": ',
    "two values": b"{} {}",
    "single quotes": b"{'creator': 1}",
    "a comment": b"{} // no",
    "a comma too many": b'{"creator": "x",}',
    "not UTF-8": b'{"creator": "\xff"}',
    "UTF-16": '{"creator": "x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NaN": b'{"newPrice": NaN}',
    "infinity": b'{"newPrice": -Infinity}',
    "too large a float": b'{"newPrice": 1e400}',
    "an integer of 5000 digits": b'{"newPrice": ' + b"9" * 5000 + b"}",
    "a field twice": b'{"newPrice": 1, "newPrice": 2}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "twenty deep": b'{"a":' * 20 + b"1" + b"}" * 20,
    "a lone surrogate": b'{"why": "\\ud800"}',
    "a lone surrogate as a name": b'{"\\udc00": 1}',
    "NUL": b'{"why": "a\\u0000b"}',
    "NUL in bytes": b'{"why": "a\x00b"}',
    "a list": b"[]",
    "text": b'"creator"',
    "null": b"null",
    "a number": b"17",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "a form": b"creator=x&newPrice=1",
}
PRICES = [0, -1, 1.0, 1.5, 1e3, "5", "", None, True, [], {}, 2**63, 2**64, 10**400, -(10**400), "1 STX"]
CREATORS = [
    None,
    1,
    "",
    "x",
    "ST",
    CREATOR.lower(),
    CREATOR + "0",
    CREATOR[:-1] + "0",
    f" {CREATOR}",
    MAINNET,
    [CREATOR],
    {},
    f"{CREATOR}.name",
    True,
    "S" * 10_000,
]
IDS: list[Any] = [
    None,
    "1",
    1,
    {},
    {"0": "1"},
    [],
    [[]],
    [None],
    [True],
    [1.5],
    [{}],
    [""],
    ["a" * 129],
    ["a\nb"],
    ["\u202e"],
    ["1", 1],
    ["1", "1"],
    [10**200],
    ["1", None, 2],
    [["1"]],
]
TIMES = [
    "",
    "now",
    "2126-01-01",
    "2126-01-01T08:00:00",
    1,
    1.5,
    True,
    [],
    "2126-13-01T00:00:00Z",
    "2126-02-30T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2126-01-01T25:00:00Z",
    "20260101T000000Z",
    "2126-01-01T08:00:00 Z",
    "2126-01-01T08:00:00+0200",
    "2126-01-01T00:00:00+99:00",
    "2126-W01-1T00:00:00Z",
]
UPDATES: list[Any] = [
    None,
    [],
    "title",
    {},
    {"title": ""},
    {"title": "x" * 256},
    {"title": 5},
    {"title": None},
    {"price": 5},
    {"creator": "x"},
    {"contentType": "ab"},
    {"tokenGating": "true"},
    {"tokenGating": 1},
    {"refundable": None},
    {"refundWindowDays": 366},
    {"refundWindowDays": -1},
    {"refundWindowDays": 1.0},
    {"refundWindowDays": True},
    {"description": "x" * 10_001},
    {"Title": "x"},
    {"title": "ok", "url": "x"},
]
ITEMS: list[Any] = [
    None,
    {},
    [],
    [1],
    ["1"],
    [{}],
    [{"contentId": "1"}],
    [{"newPrice": 1}],
    [{"contentId": "1", "newPrice": "1"}],
    [{"contentId": "1", "newPrice": 1, "more": 1}],
    [{"contentId": "1", "newPrice": 1}] * 2,
    [None],
]


def refused(api: Api, path: str, body: bytes) -> dict[str, Any]:
    """Post bytes, and return the refusal, which has the form of every refusal of input."""
    answer = api.client.post(path, content=body, headers=JSON)
    assert answer.status_code == 400, (answer.status_code, answer.text[:300])
    check(api.page(), answer)
    found: dict[str, Any] = answer.json()
    assert found["errors"]
    assert len(answer.content) < 100_000
    return found


def field_of(api: Api, path: str, body: dict[str, Any]) -> str:
    return str(refused(api, path, json.dumps(body).encode())["errors"][0]["field"])


@pytest.mark.parametrize("name", RAW)
def test_bytes_that_are_no_draft(api: Api, name: str) -> None:
    """Every call with a body refuses them alike."""
    for path in (PRICE, REMOVE, METADATA, "/api/batches", "/api/review", "/api/content/import"):
        refused(api, path, RAW[name])
    if RAW[name].strip():
        for path in ("/api/batches/x/retry", "/api/batches/x/revert", "/api/batches/x/pause", "/api/engine/resume"):
            refused(api, path, RAW[name])


@pytest.mark.parametrize("price", PRICES, ids=lambda price: f"{price!r:.20}")
def test_prices_that_are_none(api: Api, price: Any) -> None:
    """A price is an integer of µSTX, and nothing is taken for one."""
    assert field_of(api, PRICE, {**GOOD, "newPrice": price}) == "newPrice"


@pytest.mark.parametrize("creator", CREATORS, ids=lambda creator: f"{creator!r:.20}")
def test_creators_that_are_none(api: Api, creator: Any) -> None:
    """A creator is a canonical address of this network."""
    assert field_of(api, PRICE, {**GOOD, "creator": creator}) == "creator"


@pytest.mark.parametrize("ids", IDS, ids=lambda ids: f"{ids!r:.20}")
def test_content_ids_that_are_none(api: Api, ids: Any) -> None:
    """1 to 100 texts or integers, none twice: 1 and "1" are the same."""
    assert field_of(api, PRICE, {**GOOD, "contentIds": ids}).startswith("contentIds")


@pytest.mark.parametrize("when", TIMES, ids=repr)
def test_times_that_are_none(api: Api, when: Any) -> None:
    """A time has a zone and stands in the calendar."""
    assert field_of(api, PRICE, {**GOOD, "scheduledFor": when}) == "scheduledFor"


@pytest.mark.parametrize("updates", UPDATES, ids=lambda updates: f"{updates!r:.20}")
def test_updates_that_are_none(api: Api, updates: Any) -> None:
    """Metadata has the six fields of the interface and no other."""
    body = {"creator": CREATOR, "contentIds": ["1"], "updates": updates}
    assert field_of(api, METADATA, body).startswith("updates")


@pytest.mark.parametrize("items", ITEMS, ids=lambda items: f"{items!r:.20}")
def test_items_that_are_none(api: Api, items: Any) -> None:
    """Each item has an id and its own value."""
    assert field_of(api, PRICE, {"creator": CREATOR, "items": items}).startswith("items")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (PRICE, {"creator": CREATOR, "contentIds": ["1"]}, "newPrice"),
        (PRICE, {"contentIds": ["1"], "newPrice": 5}, "creator"),
        (PRICE, {"creator": CREATOR, "newPrice": 5}, "contentIds"),
        (PRICE, {**GOOD, "strange": 1}, "strange"),
        (PRICE, {**GOOD, "removalReason": "x"}, "removalReason"),
        (PRICE, {**GOOD, "items": [{"contentId": "1", "newPrice": 1}]}, "items"),
        (PRICE, {"creator": CREATOR, "items": [{"contentId": "1", "newPrice": 1}], "newPrice": 1}, "newPrice"),
        (PRICE, {**GOOD, "why": 5}, "why"),
        (PRICE, {**GOOD, "why": "x" * 501}, "why"),
        (REMOVE, {"creator": CREATOR, "contentIds": ["1"], "removalReason": 5}, "removalReason"),
        (REMOVE, {"creator": CREATOR, "contentIds": ["1"], "removalReason": "x" * 501}, "removalReason"),
        ("/api/batches/x/retry", {"outcomes": []}, "outcomes"),
        ("/api/batches/x/retry", {"outcomes": "failed"}, "outcomes"),
        ("/api/batches/x/retry", {"outcomes": ["confirmed"]}, "outcomes"),
        ("/api/batches/x/retry", {"outcomes": ["nope"]}, "outcomes[0]"),
        ("/api/batches/x/retry", {"contentIds": []}, "contentIds"),
        ("/api/batches/x/retry", {"contentIds": "1"}, "contentIds"),
        ("/api/batches/x/retry", {"contentIds": [None]}, "contentIds[0]"),
        ("/api/batches/x/revert", {"outcomes": ["failed"]}, "outcomes"),
        ("/api/batches/x/pause", {"reason": "x"}, "reason"),
        ("/api/batches/x/pause", {"why": []}, "why"),
        ("/api/engine/pause", {"why": 7}, "why"),
        ("/api/batches", {"drafts": []}, "drafts"),
        ("/api/batches", {"drafts": [3]}, "drafts[0]"),
        ("/api/batches", {"drafts": [{"operationType": "x"}]}, "drafts[0].operationType"),
        ("/api/review", GOOD, "operationType"),
        ("/api/content/import", {"rows": []}, "rows"),
        ("/api/content/import", {"rows": {}}, "rows"),
        ("/api/content/import", {"contents": []}, "contents"),
        ("/api/content/import", {"rows": [{"contentId": "1"}]}, "rows[0].creator"),
        ("/api/content/import", {"rows": [{**GOOD}]}, "rows[0].contentIds"),
    ],
)
def test_the_field_that_is_wrong_is_named(api: Api, path: str, body: dict[str, Any], field: str) -> None:
    """What is missing, too much or out of place is named by its field."""
    assert field_of(api, path, body) == field


def test_all_that_is_wrong_with_a_retry_is_named(api: Api) -> None:
    """Outcomes, contents and the note are judged together, as the fields of a draft are."""
    body = {"outcomes": ["nope", "failed", "lost"], "contentIds": ["1", None], "why": 5}
    found = refused(api, "/api/batches/x/retry", json.dumps(body).encode())
    assert [one["field"] for one in found["errors"]] == ["outcomes[0]", "outcomes[2]", "contentIds[1]", "why"]


def test_more_than_a_hundred(api: Api) -> None:
    """Too many ids are counted, not listed."""
    found = refused(api, PRICE, json.dumps({**GOOD, "contentIds": list(range(1, 200_000))}).encode())
    assert (found["submitted"], found["allowed"], len(found["errors"])) == (199_999, 100, 1)
    items = [{"contentId": n, "newPrice": 1} for n in range(101)]
    found = refused(api, PRICE, json.dumps({"creator": CREATOR, "items": items}).encode())
    assert (found["submitted"], found["allowed"]) == (101, 100)


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        *[
            ("/api/batches", f"limit={bad}", "limit")
            for bad in ("0", "501", "-1", "1.0", "x", "", "+5", "05", "1e2", "9" * 30, "%E2%91%A0", "true")
        ],
        *[("/api/batches", f"skip={bad}", "skip") for bad in ("-1", "x", "9" * 30)],
        *[("/api/batches", f"after={bad}", "after") for bad in ("", "x", "-1", "9" * 30, "%00")],
        ("/api/batches", "skip=1&after=5", "skip"),
        ("/api/batches", "status=done", "status"),
        ("/api/batches", "status=", "status"),
        ("/api/batches", "statuss=pending", "statuss"),
        ("/api/batches", "limit=5&limit=5", "limit"),
        ("/api/batches", "q=%00", "q"),
        ("/api/batches", "q=%ff", "query"),
        ("/api/batches", "creator=x", "creator"),
        ("/api/batches/creator/x", "", "creator"),
        (f"/api/batches/creator/{CREATOR}", "limit=0", "limit"),
        ("/api/content", "removed=1", "removed"),
        ("/api/content", "limit=501", "limit"),
        ("/api/content", "after=x", "after"),
        ("/api/changes", "limit=1001", "limit"),
        ("/api/audit", "limit=0", "limit"),
        ("/api/audit", "after=x", "after"),
        ("/api/batches/x/items", "outcome=nope", "outcome"),
        ("/api/batches/x/retry", "outcomes=pending", "outcomes"),
        ("/api/signers", "x=1", "x"),
    ],
)
def test_queries_that_mean_nothing(api: Api, path: str, query: str, field: str) -> None:
    """Nothing in a query is clamped, coerced or passed over."""
    answer = api.client.get(f"{path}?{query}")
    assert answer.status_code == 400, answer.text
    check(api.page(), answer)
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb", "ä\x80"])
def test_keys_that_are_none(api: Api, key: str) -> None:
    """An idempotency key is 1 to 255 printable characters."""
    headers = {**JSON, "Idempotency-Key": key.encode("latin-1")}
    answer = api.client.post(PRICE, json=GOOD, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_strange_paths(api: Api) -> None:
    """A path is only looked up, whatever is in it."""
    for path in (
        "/api/batches/%00",
        "/api/batches/%ff%fe",
        "/api/batches/" + "x" * 5000,
        "/api/batches/..%2f..%2fetc",
        "/api/batches/%ED%A0%80",
        "/api/signers",
        "/api/batches/'%20OR%201=1",
    ):
        answer = api.client.get(path)
        assert answer.status_code in (200, 404), (path, answer.text)
        assert "message" in answer.json() or "signers" in answer.json()


@pytest.mark.parametrize("path", [PRICE, "/api/batches/B/retry", "/api/content/import", "/api/engine/pause"])
def test_a_query_is_no_body(api: Api, path: str) -> None:
    """`/retry?contentIds=7` must not retry everything: the query of a POST is refused, not passed over."""
    told = api.post(f"{path}?contentIds=7", GOOD if path == PRICE else {}, 400)
    assert [problem["field"] for problem in told["errors"]] == ["query"]
    assert not api.get("/api/batches/health")["paused"]
