"""PURE: lines that are broken where they may be: what belongs together stays so, what goes on stands under its begin.

Textual breaks at any space, also between a number and its noun or a glyph and its count.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.text import Text

LEAST = 20
"""Cells below which an indent would leave no room to read in."""


def in_lines(parts: Sequence[Text], width: int, joint: str | Text, after: Sequence[Text] = ()) -> list[Text]:
    """Put parts side by side, as many in a line as fit; none is broken that a line can hold.

    The last line of ``after`` is gone on with.
    """
    between = Text(joint, "muted") if isinstance(joint, str) else joint
    lines = [line.copy() for line in after]
    for part in parts:
        if lines and part.plain and lines[-1].cell_len + between.cell_len + part.cell_len <= width:
            lines[-1].append_text(between).append_text(part)
        elif part.plain:
            lines.append(part.copy())
    return lines


def hanging(lead: Text, text: str, width: int) -> list[Text]:
    """Put text behind its lead; what doesn't fit goes on under where it began, or as far right as leaves it room."""
    indent = " " * min(lead.cell_len, max(0, width - LEAST))
    found = textwrap.wrap(text, width, initial_indent=" " * lead.cell_len, subsequent_indent=indent)
    first, *rest = found or [""]
    return [Text.assemble(lead, first[lead.cell_len :]), *map(Text, rest)]
