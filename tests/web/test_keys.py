"""The same key and body give the same batch, whatever happened in between; and what was answered 201 is there."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx
import pytest

from tests.web.support import CREATOR, JSON, OTHER, PRICE, Api, served, settled


def keyed(key: str) -> dict[str, str]:
    return {**JSON, "Idempotency-Key": key}


def test_the_same_key_gives_the_same_batch(api: Api, ids: list[str]) -> None:
    """Also when ids are written as integers, fields in another order, and long after the batch has ended."""
    first = api.post(PRICE, {"creator": CREATOR, "contentIds": ids, "newPrice": 5}, 201, keyed(f"k{ids[0]}"))
    api.until(first["batchId"], settled)
    body = {"newPrice": 5, "contentIds": [int(one) for one in ids], "creator": CREATOR}
    assert api.post(PRICE, body, 201, keyed(f"k{ids[0]}")) == first
    for other in ({**body, "newPrice": 6}, {**body, "contentIds": ids[:1]}, {**body, "creator": OTHER}):
        assert api.post(PRICE, other, 409, keyed(f"k{ids[0]}"))["code"] == "conflict"
    assert api.post(PRICE, body, 201, keyed(f"other {ids[0]}"))["batchId"] != first["batchId"]


def test_keys_of_retries_and_reverts(api: Api, ids: list[str]) -> None:
    """Asked again, they name the same batch and the same that was skipped, though nothing would be left by now."""
    batch_id = api.start([ids[0], f"absent-{ids[0]}"])
    api.until(batch_id, settled)
    for verb in ("retry", "revert"):
        path, headers = f"/api/batches/{batch_id}/{verb}", keyed(f"{verb} {batch_id}")
        first = api.post(path, {}, 201, headers)
        api.until(first["batchId"], settled)
        assert api.post(path, None, 201, headers) == first
        assert api.post(path, {"contentIds": [ids[0]]}, 409, headers)["code"] == "conflict"


@pytest.mark.parametrize("verb", ["retry", "revert"])
def test_the_note_belongs_to_what_a_key_remembers(api: Api, ids: list[str], verb: str) -> None:
    """Another reason is another body: it is refused, for the batch was made with the first one."""
    batch_id = api.start([ids[0], f"absent-{ids[0]}"])
    api.until(batch_id, settled)
    path, headers = f"/api/batches/{batch_id}/{verb}", keyed(f"note {verb} {batch_id}")
    first = api.post(path, {"why": "a mistake"}, 201, headers)
    assert api.post(path, {"why": "a mistake"}, 201, headers) == first
    for other in ({"why": "another one"}, {}, None):
        assert api.post(path, other, 409, headers)["code"] == "conflict"
    assert api.get(f"/api/batches/{first['batchId']}")["why"] == "a mistake"


def test_a_key_for_several_drafts(api: Api, ids: list[str]) -> None:
    """All of them are given again, in order."""
    draft = {"operationType": "update-price", "creator": CREATOR, "contentIds": [ids[0]], "newPrice": 3}
    body, headers = {"drafts": [draft, {**draft, "newPrice": 4}]}, keyed(f"all {ids[0]}")
    assert api.post("/api/batches", body, 201, headers) == api.post("/api/batches", body, 201, headers)


@pytest.mark.parametrize("clients", [8])
def test_kill_nine_loses_nothing_that_was_answered(tmp_path: Path, clients: int) -> None:
    """Every 201 is there after kill -9; the same keys posted again give the same batches, and none is doubled."""
    answered: dict[str, str] = {}
    with served(tmp_path) as api:
        threads = [threading.Thread(target=_submit, args=(api.url, n, answered)) for n in range(clients)]
        for thread in threads:
            thread.start()
        while len(answered) < 5 * clients:
            threads[0].join(0.01)
        api.process.kill()
        for thread in threads:
            thread.join()
    with served(tmp_path) as api:
        for key, batch_id in answered.items():
            assert api.post(PRICE, _body(key), 201, keyed(key))["batchId"] == batch_id
        total = api.get("/api/batches", limit=1)["total"]
        kept = {row["batchId"] for row in _all(api)}
        assert set(answered.values()) <= kept
        assert len(kept) == total <= len(answered) + clients  # each client had at most one call under way


def _body(key: str) -> dict:
    return {"creator": CREATOR, "contentIds": [key], "newPrice": 5}


def _submit(url: str, client: int, answered: dict[str, str]) -> None:
    with httpx.Client(base_url=url, timeout=60) as http:
        for n in range(10_000):
            key = f"c{client}-{n}"
            try:
                answer = http.post(PRICE, json=_body(key), headers=keyed(key))
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                answered[key] = answer.json()["batchId"]


def _all(api: Api) -> list[dict]:
    rows, after = [], None
    while True:
        page = api.get("/api/batches", limit=500, **({"after": after} if after else {}))
        rows += page["operations"]
        after = page["next"]
        if after is None:
            return rows


def test_an_hour_has_its_measure(tmp_path: Path) -> None:
    """Over the quota of a creator: 429 and when to come back; keys known, retries and others still pass."""
    quota = {"BATCHDECK_MAX_BATCHES_PER_HOUR": "3", "BATCHDECK_MAX_ITEMS_PER_HOUR": "6"}
    with served(tmp_path, variables=quota) as api:
        first = api.post(PRICE, {"creator": CREATOR, "contentIds": [1], "newPrice": 5}, 201, keyed("first"))
        too_many = {"creator": CREATOR, "contentIds": [1, 2, 3, 4, 5, 6], "newPrice": 5}
        assert "6 items" in api.post(PRICE, too_many, 429)["message"]
        api.start([2], price=5)
        api.start([3], price=5)
        answer = api.client.post(PRICE, json={"creator": CREATOR, "contentIds": [4], "newPrice": 5})
        assert answer.status_code == 429
        assert 3000 < int(answer.headers["retry-after"]) <= 3600
        api.start([1], price=5, creator=OTHER)
        api.until(first["batchId"], lambda batch: batch["completedAt"])
        api.post(f"/api/batches/{first['batchId']}/retry", {}, 201)
    with served(tmp_path, variables=quota) as api:
        nine = {"creator": CREATOR, "contentIds": [9], "newPrice": 5}
        assert api.post(PRICE, nine, 429)["code"] == "too-many-requests"
        again = api.post(PRICE, {"creator": CREATOR, "contentIds": [1], "newPrice": 5}, 201, keyed("first"))
        assert again == first
