"""Each call about batches does what INTERFACE.md says, over real HTTP, on a simulated chain."""

from __future__ import annotations

import httpx
import pytest

from tests.web.support import CREATOR, METADATA, OTHER, PRICE, REMOVE, Api, settled


def test_a_price_update_from_start_to_end(api: Api, ids: list[str]) -> None:
    """It is accepted as pending, and every item ends with a proof."""
    body = {"creator": CREATOR, "contentIds": [int(ids[0]), ids[1], "nowhere"], "newPrice": 2_500_000}
    started = api.post(PRICE, body, 201)
    assert started == {
        "message": "Batch price update initiated",
        "batchId": started["batchId"],
        "status": "pending",
        "totalItems": 3,
    }
    batch = api.until(started["batchId"], settled)
    assert (batch["status"], batch["successCount"], batch["failureCount"]) == ("completed", 2, 1)
    assert batch["contentIds"] == [ids[0], ids[1], "nowhere"]
    assert batch["updatePayload"] == {"newPrice": 2_500_000}
    first, _, last = batch["results"]
    assert (first["outcome"], first["message"]) == ("confirmed", "Price updated to 2.5 STX")
    assert first["txId"].startswith("0x")
    assert (last["success"], last["error"][:17], last["txId"]) == (False, "Content not found", None)


def test_the_other_two_operations(api: Api, ids: list[str]) -> None:
    """A removal and new metadata begin in the words of the interface."""
    removed = api.post(REMOVE, {"creator": CREATOR, "contentIds": [ids[0]], "removalReason": "old"}, 201)
    assert removed["message"] == "Batch removal initiated"
    updates = {"title": "New", "refundable": True, "refundWindowDays": 7}
    changed = api.post(METADATA, {"creator": CREATOR, "contentIds": [ids[1]], "updates": updates}, 201)
    assert changed["message"] == "Batch metadata update initiated"
    (result,) = api.until(changed["batchId"], settled)["results"]
    assert result["message"] == "Metadata updated: refundWindowDays, refundable, title"
    (result,) = api.until(removed["batchId"], settled)["results"]
    assert result["message"] == "Content removed"


def test_a_value_for_each_item(api: Api, ids: list[str]) -> None:
    """With items each content has its own price."""
    items = [{"contentId": one, "newPrice": 1_000_000 + n} for n, one in enumerate(ids)]
    batch_id = api.post(PRICE, {"creator": CREATOR, "items": items}, 201)["batchId"]
    assert api.until(batch_id, settled)["updatePayload"] == {"items": items}
    prices = api.get("/api/content", contentId=ids)["contents"]
    assert [row["price"] for row in prices] == [1_000_000 + n for n in range(5)]


def test_a_schedule_waits_and_can_be_cancelled(api: Api, ids: list[str]) -> None:
    """A batch for later is scheduled, and may be paused, resumed and cancelled before its time."""
    body = {"creator": CREATOR, "contentIds": ids, "newPrice": 5, "scheduledFor": "2126-01-01T08:00:00+02:00"}
    started = api.post(PRICE, body, 201)
    assert started["status"] == "scheduled"
    path = f"/api/batches/{started['batchId']}"
    assert api.get(path)["scheduledFor"] == "2126-01-01T06:00:00.000Z"
    for verb, status in (("pause", "paused"), ("resume", "scheduled"), ("cancel", "cancelled")):
        assert api.post(f"{path}/{verb}", {"why": "a test"})["status"] == status
    refused = api.post(f"{path}/resume", {}, 409)
    assert refused["code"] == "conflict"
    assert refused["message"].endswith("is cancelled and can't be resumed")
    acts = [(deed["act"], deed["why"]) for deed in api.get(f"{path}/audit")["deeds"]]
    assert acts == [("cancel", "a test"), ("resume", "a test"), ("pause", "a test"), ("submit", None)]


def test_retry_takes_what_failed_and_names_the_rest(api: Api, ids: list[str]) -> None:
    """A retry is a new batch of what failed; once it lives, there is nothing to retry."""
    missing = f"late-{ids[0]}"
    batch_id = api.start([ids[0], missing])
    api.until(batch_id, settled)
    path = f"/api/batches/{batch_id}/retry"
    assert [one["contentId"] for one in api.get(path)["items"]] == [missing]
    api.take([missing])
    started = api.post(path, {"outcomes": ["failed"]}, 201)
    assert (started["retryOf"], started["totalItems"]) == (batch_id, 1)
    assert [one["contentId"] for one in started["skipped"]] == [ids[0]]
    assert api.until(started["batchId"], settled)["successCount"] == 1
    assert "Nothing of batch" in api.post(path, status=409)["message"]
    acts = [(deed["act"], deed["parent"]) for deed in api.get(f"/api/batches/{batch_id}/audit")["deeds"]]
    assert acts == [("retry", batch_id), ("submit", None)]


def test_revert_puts_back_what_was(api: Api, ids: list[str]) -> None:
    """The replaced values come back; a removal can't."""
    batch_id = api.start(ids[:2], price=7_000_000)
    api.until(batch_id, settled)
    selected = api.get(f"/api/batches/{batch_id}/revert", contentId=ids[:1])
    assert [(one["contentId"], one["newValue"]) for one in selected["items"]] == [(ids[0], {"price": 1_000_000})]
    started = api.post(f"/api/batches/{batch_id}/revert", {"contentIds": [int(ids[0])]}, 201)
    assert started["revertOf"] == batch_id
    api.until(started["batchId"], settled)
    assert api.get("/api/content", contentId=ids[0])["contents"][0]["price"] == 1_000_000
    removed = api.post(REMOVE, {"creator": CREATOR, "contentIds": [ids[1]]}, 201)["batchId"]
    api.until(removed, settled)
    api.post(f"/api/batches/{removed}/revert", {}, 409)


def test_items_and_their_stories(api: Api, ids: list[str]) -> None:
    """Items can be looked through by outcome, text and page, and each tells what happened to it."""
    batch_id = api.start([*ids, "no/such content"])
    api.until(batch_id, settled)
    path = f"/api/batches/{batch_id}"
    failed = api.get(f"{path}/items", outcome="failed,off-chain")
    assert [item["contentId"] for item in failed["items"]] == ["no/such content"]
    page = api.get(f"{path}/items", limit=4, q="title")
    assert (len(page["items"]), page["total"]) == (4, 5)
    rest = api.get(f"{path}/items", limit=4, q="title", after=page["next"])
    assert ([item["contentId"] for item in rest["items"]], rest["next"]) == ([ids[4]], None)
    item = api.get(f"{path}/item", contentId=ids[0])
    assert (item["state"], item["value"], item["replaced"]) == ("confirmed", {"price": 2000000}, {"price": 1000000})
    told = api.get(f"{path}/story", contentId=ids[0])["story"]
    assert [told[0]["event"], told[-1]["event"]] == ["Accepted", "TxConfirmed"]
    assert api.get(f"{path}/item", 404, contentId="other")["code"] == "not-found"
    api.get(f"{path}/item", 400)


def test_several_drafts_all_or_none(api: Api, ids: list[str]) -> None:
    """One bad draft keeps all of them out, and is named with its place."""
    good = {"operationType": "update-price", "creator": CREATOR, "contentIds": [ids[0]], "newPrice": 3}
    before = api.get("/api/batches", limit=1)["total"]
    refused = api.post("/api/batches", {"drafts": [good, {**good, "contentIds": []}]}, 400)
    assert refused["errors"][0]["field"] == "drafts[1].contentIds"
    assert api.get("/api/batches", limit=1)["total"] == before
    made = api.post("/api/batches", {"drafts": [good, {**good, "newPrice": 4}]}, 201)["batches"]
    assert len({one["batchId"] for one in made}) == 2


def test_a_review_changes_nothing(api: Api, ids: list[str]) -> None:
    """A draft of more contents than a batch has can be looked at beforehand."""
    many = [*ids, *(f"x{n}" for n in range(200))]
    draft = {"operationType": "update-price", "creator": CREATOR, "contentIds": many, "newPrice": 9_000_000}
    told = api.post("/api/review", draft)
    assert (told["totalItems"], told["batches"], told["calls"]) == (205, 3, 5)
    assert (told["items"][0]["old"], told["items"][0]["new"]) == ("1 STX", "9 STX")
    assert told["items"][-1]["problem"]


def test_unknown_batches_are_not_found(api: Api) -> None:
    """Every call about a batch that isn't there says so."""
    for path in ("", "/items", "/audit", "/retry", "/retries", "/revert"):
        assert api.get(f"/api/batches/nope{path}", 404)["code"] == "not-found"
    for verb in ("retry", "revert", "pause", "resume", "cancel"):
        assert api.post(f"/api/batches/nope/{verb}", {}, 404)["code"] == "not-found"


def test_the_emergency_stop(api: Api, ids: list[str]) -> None:
    """While it is set nothing new happens; who set it and why is on record."""
    why = f"prices of {ids[0]} are odd"
    assert api.post("/api/engine/pause", {"why": why}) == {
        "message": "The engine is stopped",
        "paused": True,
    }
    try:
        batch_id = api.start(ids[:1])
        assert api.get("/api/batches/health")["message"].startswith("The engine is stopped")
        assert api.get("/api/batches/health")["paused"]
        assert "stopped" in {alert["key"] for alert in api.get("/api/changes", since="")["alerts"]}
        assert api.get(f"/api/batches/{batch_id}")["successCount"] == 0
    finally:
        api.post("/api/engine/resume")
    assert api.until(batch_id, settled)["successCount"] == 1
    stops = [deed for deed in api.get("/api/audit", limit=500)["deeds"] if deed["why"] == why]
    assert [deed["act"] for deed in stops] == ["pause-all"]


def test_the_catalogue_the_signers_and_the_engine(api: Api, ids: list[str]) -> None:
    """The catalogue is paged and looked through; signers have addresses and balances."""
    api.take(ids, title=f"A play of <{ids[0]}>")
    page = api.get("/api/content", creator=CREATOR, q=f"PLAY of <{ids[0]}>", limit=2)
    assert ([row["contentId"] for row in page["contents"]], page["total"]) == (ids[:2], 5)
    counted = {one["address"]: one["contents"] for one in api.get("/api/creators")["creators"]}
    assert counted[CREATOR] >= 5
    signer = next(one for one in api.get("/api/signers")["signers"] if CREATOR in one["creators"])
    assert signer["balance"] > 0
    assert api.get("/api/engine")["network"] == "testnet"
    assert api.post("/api/signers/nobody/release", {}, 404)["code"] == "not-found"
    parts = {part["name"]: part["ok"] for part in api.get("/api/batches/health")["parts"]}
    assert (parts["database"], parts["node"]) == (True, True)


def test_changes_tell_what_happened_since(api: Api, ids: list[str]) -> None:
    """From a revision on every change is told once; a revision that isn't ours is gone."""
    api.until_quiet()
    revision = api.get("/api/changes")["revision"]
    assert api.get("/api/changes", since=revision)["batches"] == []
    batch_id = api.start(ids[:2])
    api.until(batch_id, settled)
    told = api.get("/api/changes", since=revision, limit=1000)
    assert [batch["batchId"] for batch in told["batches"]] == [batch_id]
    assert {item["contentId"] for item in told["items"]} == set(ids[:2])
    assert {row["price"] for row in told["contents"]} == {2_000_000}
    for strange in ("nonsense", "other:1", f"{revision}0000000"):
        assert api.get("/api/changes", 410, since=strange)["code"] == "gone"


def test_an_import_is_all_or_none(api: Api) -> None:
    """Each bad row is named, and then none is taken; a list alone and a file's spelling are rows too."""
    row = {"contentId": "im-1", "creator": OTHER, "title": "One", "price": 1}
    refused = api.post("/api/content/import", {"rows": [row, {**row, "contentId": "im-2", "price": "1"}, 3]}, 400)
    assert [one["field"] for one in refused["errors"]] == ["rows[2]"]
    refused = api.post("/api/content/import", {"rows": [row, {**row, "contentId": "im-2", "price": "1"}]}, 400)
    assert [one["field"] for one in refused["errors"]] == ["rows[1]"]
    assert api.get("/api/content", contentId=["im-1", "im-2"])["total"] == 0
    api.post("/api/content/import", [row])
    api.post("/api/content/import", [{"content_id": 77, "creator": OTHER, "title": "Two", "price": 2}])
    found = api.get("/api/content", contentId=["im-1", "77"])["contents"]
    assert [(one["contentId"], one["onChainId"]) for one in found] == [("im-1", None), ("77", 77)]


def test_what_the_page_promises_is_all_there_is(api: Api) -> None:
    """An unknown call is 404, another method 405, and both say so as JSON with the request's id."""
    for method, path, status in (("GET", "/api/nope", 404), ("GET", "/api/batches/", 404), ("PUT", "/api/batches", 405),
                                 ("GET", "/", 404), ("DELETE", "/api/batches/x", 405)):  # fmt: skip
        answer = api.client.request(method, path)
        assert (answer.status_code, answer.json().keys()) == (status, {"message", "code"})
        assert answer.headers["x-request-id"]


def test_the_docs_need_nobody_else(api: Api) -> None:
    """The page for people loads nothing from elsewhere, and names every call."""
    answer = api.client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "http://" not in answer.text.replace(api.url, "")
    assert "https://" not in answer.text
    assert "script" not in answer.text.lower().replace("description", "")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for path in api.page()["paths"]:
        assert path in answer.text


@pytest.mark.parametrize("given", ["abc-1.2_3", "", "a b", "x" * 65, "ä"])
def test_a_request_has_an_id(api: Api, given: str) -> None:
    """The caller's own id comes back if it is a plain one; else a new one is given."""
    answer = httpx.get(f"{api.url}/api/engine", headers={"X-Request-Id": given.encode()})
    assert (answer.headers["x-request-id"] == given) == (given == "abc-1.2_3")
    assert answer.headers["x-request-id"]
