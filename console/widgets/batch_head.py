"""BatchHead: what a batch is, how it goes and what it amounts to, in a few lines above its items."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from console.breaking import in_lines
from console.pace import Pace
from console.text import display_text, glyphs
from console.views import (
    COUNT_JOINT,
    change,
    count_parts,
    metric_pairs,
    origin_parts,
    progress_parts,
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
EDGES = 2
"""Cells beside the lines."""


class BatchHead(Lines):
    """Lines about one batch; the operation and the creator are never cut off."""

    DEFAULT_CSS = "BatchHead { height: auto; padding: 0 1; }"

    def show(self, batch: Batch, now: datetime, limits: Thresholds, pace: Pace, resume: str) -> None:
        """Draw this batch as it is now; ``resume`` is the key that lets it go on."""
        self.update(paint_lines(head_lines(batch, now, limits, pace, self.screen.size.width - EDGES, resume)))


def head_lines(
    batch: Batch, now: datetime, limits: Thresholds, pace: Pace, width: int, resume: str = "p"
) -> list[Text]:
    """Return the lines, the most telling first; a number and its unit are never parted."""
    arrow, joint = glyphs().arrow, f" {glyphs().separator} "
    what = Text.assemble((RULES[batch.operation].title, "strong"), (f" {arrow} ", "muted"), change(batch), "   ")
    what.append_text(status_text(batch))
    lines = in_lines([what, Text(state_sentence(batch, resume), "muted")], width, "  ")
    lines.append(Text.assemble(("Creator ", "muted"), display_text(batch.creator, 100)))
    lines += in_lines([Text(part, "muted") for part in origin_parts(batch)], width, joint)
    measures = [Text.assemble((f"{label} ", "muted"), value) for label, value in metric_pairs(batch, now)]
    lines += in_lines(measures, width, "  ")
    still = pace.still(batch)
    aside = [*([display_text(still, _LONG)] if still else []), *warnings(batch, now, limits)]
    lines += [Text(f"! {text}", "warning") for text in aside[:MOST_WARNINGS]]
    progress = in_lines([Text(part) for part in progress_parts(batch, now, pace)], width, Text(joint))
    *above, last = progress
    return [*lines, *above, *in_lines(count_parts(counts(batch)), width, COUNT_JOINT, after=[last.append(" ")])]
