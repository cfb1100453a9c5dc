"""BatchHead: what a batch is, how it goes and what it amounts to, in a few lines above its items."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from console.pace import Pace
from console.text import display_text, glyphs
from console.views import (
    change,
    counts_text,
    metric_pairs,
    origin,
    progress_text,
    state_sentence,
    status_text,
    warnings,
)
from console.widgets.lines import Lines
from console.widgets.paint import paint_lines
from engine.core.model import Batch
from engine.core.operations import RULES
from engine.core.summary import Thresholds, counts

MOST_WARNINGS = 2
_LONG = 200


class BatchHead(Lines):
    """Lines about one batch; the operation and the creator are never cut off."""

    DEFAULT_CSS = "BatchHead { height: auto; padding: 0 1; }"

    def show(self, batch: Batch, now: datetime, limits: Thresholds, pace: Pace) -> None:
        """Draw this batch as it is now."""
        self.update(paint_lines(head_lines(batch, now, limits, pace)))


def head_lines(batch: Batch, now: datetime, limits: Thresholds, pace: Pace) -> list[Text]:
    """Return the lines, the most telling first."""
    arrow = glyphs().arrow
    what = Text.assemble((RULES[batch.operation].title, "strong"), (f" {arrow} ", "muted"), change(batch), "   ")
    what.append_text(status_text(batch))
    what.append(f"  {state_sentence(batch)}", "muted")
    measures = Text()
    for label, value in metric_pairs(batch, now):
        measures.append(f"{label} ", "muted").append(f"{value}  ")
    who = Text.assemble(("Creator ", "muted"), display_text(batch.creator, 100))
    lines = [what, who, Text(origin(batch), "muted"), measures]
    still = pace.still(batch)
    aside = [*([display_text(still, _LONG)] if still else []), *warnings(batch, now, limits)]
    lines += [Text(f"! {text}", "warning") for text in aside[:MOST_WARNINGS]]
    progress = Text(progress_text(batch, now, pace) + "   ").append_text(counts_text(counts(batch)))
    return [*lines, progress]
