"""The API against its own page: whatever is sent, the answer is one that the page promises, and what it took is there.

A quarter of the calls keep their random values; in the others what the engine knows stands in their place (its creator,
its contents, its batches), so that most of what is well formed is accepted, too.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.support import CREATOR, Api

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
IDS = [str(number + 1) for number in range(200)]
STARTS = {
    "/api/batches/batch-update-price": "newPrice",
    "/api/batches/batch-remove": "removalReason",
    "/api/batches/batch-update-metadata": "updates",
}
WALK = 12
"""Calls in one walk along the links from call to call."""


@dataclass
class Contract:
    """One run against one engine, and what came of it."""

    api: Api
    seed: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    read_back: int = 0
    batches: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.api.take(IDS)
        self._chance = random.Random(self.seed)
        self._session = requests.Session()
        self._session.trust_env = False
        self.schema = schemathesis.openapi.from_url(f"{self.api.url}/openapi.json")

    @property
    def cases(self) -> int:
        """How many calls were made."""
        return self.answers.total()

    @property
    def accepted(self) -> float:
        """The share of calls that were accepted."""
        return sum(count for status, count in self.answers.items() if status < 300) / max(1, self.cases)

    def each_call(self, examples: int) -> None:
        """Call everything on the page, with good and with bad values, so often each."""
        for found in self.schema.get_all_operations():
            self._one_call(found.ok(), examples)

    def _one_call(self, operation: Any, examples: int) -> None:
        good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

        @seed(self.seed)
        @_settings(examples)
        @given(case=st.one_of(good, good, good, bad))
        def call(case: schemathesis.Case) -> None:
            self.sow(case)
            self.settle(case, case.call(session=self._session))

        call()

    def walk(self, examples: int) -> None:
        """Follow the page's links from call to call: what one call made is what the next one asks for."""
        contract = self

        class Walk(self.schema.as_state_machine()):  # type: ignore[misc]
            def before_call(self, case: schemathesis.Case) -> None:
                contract.sow(case, batch=False)

            def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
                return {"session": contract._session}

            def validate_response(self, response: Any, case: schemathesis.Case, **_: Any) -> None:
                contract.settle(case, response)

        Walk.run(settings=_settings(examples, stateful_step_count=WALK))

    def sow(self, case: schemathesis.Case, *, batch: bool = True) -> None:
        """Put what the engine knows into most of the calls."""
        chance = self._chance
        if chance.random() < 0.25:
            return
        path = case.path_parameters or {}
        if "creator" in path:
            path["creator"] = CREATOR
        if batch and "batchId" in path and self.batches:
            path["batchId"] = chance.choice(self.batches)
        if isinstance(case.body, dict) and "creator" in case.body:
            self._sow_draft(case.body)
            case.headers = {name: value for name, value in (case.headers or {}).items() if name == "Content-Type"}

    def _sow_draft(self, body: dict[str, Any]) -> None:
        chance = self._chance
        body["creator"] = CREATOR
        body.pop("scheduledFor", None)
        if "contentIds" in body:
            count = len(body["contentIds"]) if isinstance(body["contentIds"], list) else 1
            body["contentIds"] = chance.sample(IDS, min(max(count, 1), 100))
        if isinstance(body.get("items"), list):
            for item, content_id in zip(body["items"], chance.sample(IDS, 100), strict=False):
                if isinstance(item, dict):
                    item["contentId"] = content_id

    def settle(self, case: schemathesis.Case, response: Any) -> None:
        """Hold the answer against the page; read back what was accepted."""
        case.validate_response(response, checks=CHECKS)
        self.answers[response.status_code] += 1
        if response.status_code == 201 and case.operation.path in STARTS:
            self._is_there(case, response.json())

    def _is_there(self, case: schemathesis.Case, told: dict[str, Any]) -> None:
        body: Any = case.body
        batch = self._session.get(f"{self.api.url}/api/batches/{told['batchId']}").json()
        wanted = body.get("items", body.get("contentIds"))
        ids = [str(one["contentId"] if "items" in body else one) for one in wanted]
        assert (batch["creator"], batch["contentIds"]) == (body["creator"], ids)
        assert batch["totalItems"] == told["totalItems"] == len(ids)
        value = STARTS[case.operation.path]
        if "items" in body:
            kept = batch["updatePayload"]["items"]
            assert [one.get(value) for one in kept] == [one.get(value) for one in wanted]
        elif body.get(value) is not None:
            assert batch["updatePayload"][value] == body[value]
        self.read_back += 1
        self.batches.append(told["batchId"])


def _settings(examples: int, **more: Any) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        **more,
    )
