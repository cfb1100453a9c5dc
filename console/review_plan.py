"""PURE: a plan: what was reviewed, what of it is left out, and so exactly which drafts would be submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from console.composing import Intent, Pick, by_creator, split
from console.forms import grouped
from console.unsigned import OFF
from engine.core.foresight import Foresight, Funds, foresight, funds
from engine.core.model import Draft, Operation
from engine.core.reports import Foreseen, Review, ReviewRow

Key = tuple[str, str]
"""What tells lines apart: the creator and the content's id."""


@dataclass(frozen=True, slots=True)
class Line:
    """One reviewed content, and whether it is left out; ``was`` is the old value shown before it changed, if it did."""

    creator: str
    row: ReviewRow
    left_out: bool
    was: str | None = None

    @property
    def key(self) -> Key:
        """What tells it apart."""
        return self.creator, self.row.content_id

    @property
    def noted(self) -> bool:
        """Tell whether it deserves a word."""
        return bool(self.kind or self.row.waits) or self.was is not None

    @property
    def kind(self) -> str:
        """What deserves a word most: ``problem``, ``unchanged``, ``aborts``, ``warning``, ``waits`` or nothing."""
        if self.row.problem is not None:
            return "problem"
        if self.row.unchanged:
            return "unchanged"
        if self.row.foreseen is Foreseen.ABORTS:
            return "aborts"
        if self.row.warning is not None:
            return "warning"
        return "waits" if self.row.waits else ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one creator's part costs: ``fee`` in µSTX, the signer, and what it can pay if anybody can tell."""

    creator: str
    calls: int
    fee: int
    signer: str | None
    funds: Funds


@dataclass(frozen=True, slots=True)
class Plan:
    """The reviews of one choice, one for each creator; the set is frozen, only whole kinds are left out.

    ``since`` has the old values that were shown of what changed since; ``tried`` tells that a Submit before this had
    no answer, so that such a change may be its own doing.
    """

    intent: Intent
    reviews: tuple[Review, ...]
    without_unchanged: bool = False
    without_problems: bool = False
    without_aborting: bool = False
    since: Mapping[Key, str] = field(default_factory=dict)
    tried: bool = False

    def toggle_unchanged(self) -> Plan:
        """Leave out what is unchanged, or put it back."""
        return replace(self, without_unchanged=not self.without_unchanged)

    def toggle_problems(self) -> Plan:
        """Leave out what would fail, or put it back."""
        return replace(self, without_problems=not self.without_problems)

    def toggle_aborting(self) -> Plan:
        """Leave out what the contract would abort, or put it back."""
        return replace(self, without_aborting=not self.without_aborting)

    @property
    def lines(self) -> list[Line]:
        """Every reviewed content in order."""
        return [
            Line(review.creator, row, self._left_out(row), self.since.get((review.creator, row.content_id)))
            for review in self.reviews
            for row in review.rows
        ]

    def _left_out(self, row: ReviewRow) -> bool:
        if row.problem is not None:
            return self.without_problems
        if row.unchanged:
            return self.without_unchanged
        return row.foreseen is Foreseen.ABORTS and self.without_aborting

    @property
    def kept(self) -> list[Line]:
        """What would be submitted."""
        return [line for line in self.lines if not line.left_out]

    @property
    def picks(self) -> list[Pick]:
        """All that was reviewed, in order."""
        return [Pick(row.content_id, review.creator) for review in self.reviews for row in review.rows]

    @property
    def changed(self) -> list[Line]:
        """What changed since it was shown before, also what is left out."""
        return [line for line in self.lines if line.was is not None]

    @property
    def drafts(self) -> list[Draft]:
        """Exactly what would be submitted, in batches of at most 100, in order."""
        return split((Pick(line.row.content_id, line.creator) for line in self.kept), self.intent)

    @property
    def creators(self) -> list[str]:
        """The creators of what would be submitted."""
        return list(by_creator(Pick(line.row.content_id, line.creator) for line in self.kept))

    def count(self, kind: str) -> int:
        """Count the lines of a kind, also those left out."""
        return sum(line.kind == kind for line in self.lines)

    @property
    def costs(self) -> list[Cost]:
        """What each creator's part costs, as far as it would be submitted."""
        return [self._cost(review) for review in self.reviews if review.creator in self.creators]

    def _cost(self, review: Review) -> Cost:
        kept = [row for row in review.rows if not self._left_out(row)]
        calls = sum(row.calls for row in kept)
        return Cost(review.creator, calls, calls * review.fee_each, review.signer, funds(review, kept))

    def foresight(self, all_of_it: bool = False) -> Foresight:
        """Return what a node foresees of what would be submitted, or of all that was reviewed."""
        found = (
            foresight([row for row in review.rows if all_of_it or not self._left_out(row)], review.fee_each)
            for review in self.reviews
        )
        return sum(found, start=Foresight())

    @property
    def untried(self) -> str | None:
        """Say why not every call was preflighted; of several creators, what was said of the first."""
        return next((review.untried for review in self.reviews if review.untried), None)

    @property
    def refused(self) -> str | None:
        """Say why nothing at all may be submitted with this node; None when it may."""
        return next((review.refused for review in self.reviews if review.refused), None)

    @property
    def fee_total(self) -> int:
        """All fees in µSTX."""
        return sum(cost.fee for cost in self.costs)

    @property
    def chainless(self) -> bool:
        """Tell whether there is no chain, so that no call is made whatever the contract would know of it."""
        return all(review.chain == OFF for review in self.reviews)

    @property
    def removes(self) -> bool:
        """Tell whether this takes contents away for good."""
        return self.intent.operation == Operation.REMOVE_CONTENT


def plan(intent: Intent, reviews: Sequence[Review]) -> Plan:
    """Make a plan with nothing left out; prices are written as on every screen."""
    prices = intent.operation == Operation.UPDATE_PRICE
    return Plan(intent, tuple(map(_grouped, reviews) if prices else reviews))


def _grouped(review: Review) -> Review:
    return replace(review, rows=tuple(replace(row, old=grouped(row.old), new=grouped(row.new)) for row in review.rows))
