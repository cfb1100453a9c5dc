"""Submitting what Review shows, once, and only while the catalogue still is as it was shown."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from console.choosing import review_all
from console.loading import look_up
from console.review_plan import Plan
from console.second_look import renewed, stands
from engine.core.model import Batch, Draft
from engine.door import Engine
from engine.errors import BatchdeckError, Conflict, InvalidDraft

EARLIER = (
    "An earlier Submit of this Review was accepted, and its answer was lost: see its batches on Batches, then compose "
    "anew what is left"
)
_UNCLEAR = 500
"""The status from which an error leaves open whether it was done."""


class Submission:
    """One Review on its way to the engine, under one key however often it is tried, so that it is accepted once.

    The look comes just before the drafts, and nothing holds the catalogue between the two: a draft can't say what it
    expects to find. A change in those milliseconds goes through, as does one that is accepted and not applied yet.
    """

    def __init__(self) -> None:
        self._key = f"console-{uuid.uuid4()}"
        self._unclear: Sequence[Draft] | None = None

    async def send(self, engine: Engine, shown: Plan) -> list[Batch] | Plan | InvalidDraft:
        """Submit what is shown; return the plan as it is now, and submit nothing, when it isn't as shown any more.

        No node is asked while all is as it was shown: who submits waits for the catalogue alone.
        """
        tried = self._unclear is not None
        contents = await look_up(engine, [pick.content_id for pick in shown.picks])
        if not stands(shown, contents, tried):
            answer = await review_all(engine, shown.picks, shown.intent)
            if isinstance(answer, InvalidDraft):
                return answer
            now = renewed(shown, *answer, tried)
            if now.since:
                return now
        return await self._accept(engine, shown.drafts)

    async def _accept(self, engine: Engine, drafts: Sequence[Draft]) -> list[Batch] | InvalidDraft:
        """A refusal is an answer here, as it belongs beside the fields of Compose."""
        before, self._unclear = self._unclear, drafts
        try:
            return await engine.submit_all(drafts, self._key)
        except BatchdeckError as error:
            if error.http_status < _UNCLEAR:
                self._unclear = before
            if isinstance(error, InvalidDraft):
                return error
            if isinstance(error, Conflict) and before is not None and before != drafts:
                raise Conflict(EARLIER) from error
            raise
