"""PURE: lines that are broken where they may be: what belongs together stays so, what goes on stands under its begin.

Textual breaks at any space, also between a number and its unit or a glyph and its count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

LEAST = 20
"""Cells that text has at least, however wide what stands before it is."""
_WORD = re.compile(r"\S+(?: µ?STX\b\S*)?\s*")


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


def hanging(lead: Text, text: Text, width: int) -> list[Text]:
    """Put text behind its lead; what doesn't fit goes on under where it began. An amount keeps its unit."""
    first, *rest = text.divide(_breaks(text.plain, max(LEAST, width - lead.cell_len)))
    indent = Text(" " * lead.cell_len)
    lines = [Text.assemble(lead, first), *(Text.assemble(indent, line) for line in rest)]
    for line in lines[:-1]:
        line.rstrip()
    return lines


def _breaks(text: str, width: int) -> list[int]:
    """Return where to break: before each word that the line has no room for."""
    breaks, used = [], 0
    for word in _WORD.finditer(text):
        if used and used + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            used = 0
        used += cell_len(word[0])
    return breaks
