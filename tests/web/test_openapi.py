"""The OpenAPI page is complete and true: every schema is one, every example fits it, every door has its call."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.core.oversight import Quota
from engine.core.summary import Thresholds
from engine.door import Engine
from engine.web.context import Web
from engine.web.openapi.page import document
from engine.web.table import table
from tests.fakes import FakeClock

WEB = Web(None, FakeClock(), Thresholds(), "testnet", Quota())  # type: ignore[arg-type]  # nothing is called
CALLS = table(WEB)
NAMES = [f"{call.method} {call.path}" for call in CALLS]
PAGE = document({}, tokens=True)
DOORS = {
    "submit": "startPriceUpdate",
    "submit_all": "submitAll",
    "review": "review",
    "batch": "showBatch",
    "whole": "showBatch",
    "content_ids": "listBatches",
    "batches": "listBatches",
    "items": "listItems",
    "item": "showItem",
    "story": "tellStory",
    "select_retry": "selectRetry",
    "retry": "retryBatch",
    "retries": "tellRetries",
    "select_revert": "selectRevert",
    "revert": "revertBatch",
    "pause": "pauseBatch",
    "resume": "resumeBatch",
    "cancel": "cancelBatch",
    "pause_all": "pauseEngine",
    "resume_all": "resumeEngine",
    "release_lane": "releaseLane",
    "pause_lane": "pauseLane",
    "resume_lane": "resumeLane",
    "bump_slot": "bumpSlot",
    "repost_slot": "repostSlot",
    "audit": "audit",
    "alerts": "listAlerts",
    "acknowledge": "acknowledgeAlert",
    "content": "tellContent",
    "contents": "listContents",
    "creators": "listCreators",
    "import_contents": "importContents",
    "changes": "changes",
    "health": "health",
    "signers": "listSigners",
    "slots": "listSlots",
    "vitals": "vitals",
    "log_lines": "listLogLines",
}
"""Which call serves each method of the protocol; an engine far away has all it needs."""


def bodies(spec: Any) -> Iterator[dict[str, Any]]:
    """Give every body that goes in or comes out of a call."""
    if "requestBody" in spec:
        yield from spec["requestBody"]["content"].values()
    for answer in spec["responses"].values():
        yield from answer["content"].values()


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_every_schema_is_one_and_every_example_fits(call: Any) -> None:
    """A client made from the page sends and reads what the engine takes and gives."""
    for body in bodies(call.spec):
        schema = {**body["schema"], "components": PAGE["components"]}
        Draft202012Validator.check_schema(schema)
        if "example" in body:
            Draft202012Validator(schema).validate(body["example"])
    for parameter in call.spec["parameters"]:
        Draft202012Validator.check_schema(parameter["schema"])
    named = {part.strip("{}") for part in call.path.split("/") if part.startswith("{")}
    assert named == {one["name"] for one in call.spec["parameters"] if one["in"] == "path"}


def test_every_call_is_whole() -> None:
    """Each has a name of its own, an answer that shows what it is, and the refusals that always may come."""
    names = [call.spec["operationId"] for call in CALLS]
    assert len(names) == len(set(names))
    for call in CALLS:
        refused = {"400", "401", "403", "503"} | ({"413", "415"} if call.method == "POST" else set())
        assert refused <= set(call.spec["responses"]), call.path
        good = [answer for status, answer in call.spec["responses"].items() if status.startswith("2")]
        assert len(good) == 1
        assert "example" in good[0]["content"].get("application/json", {"example": ""})
    for schema in PAGE["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_door_has_its_call() -> None:
    """No method of the protocol is left without one."""
    methods = {name for name, _ in inspect.getmembers(Engine, inspect.isfunction) if not name.startswith("_")}
    assert methods - {"close"} == set(DOORS)
    assert set(DOORS.values()) <= {call.spec["operationId"] for call in CALLS}
