"""Text at the edge of the screen: whatever comes from outside is made harmless and visible here.

Raw ESC, OSC 52, C1 and bidirectional controls in a title reach the terminal through every Textual widget, so
nothing is drawn that didn't pass `display_text`. Widths are in terminal cells.
"""

from __future__ import annotations

import os
import re
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from engine.core.model import BatchStatus, Outcome
from engine.core.slot_state import SlotState


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs that a terminal can show; every one is a single cell wide, so tables keep their shape."""

    unknown: str
    newline: str
    ellipsis: str
    arrow: str
    mark: str
    full: str
    empty: str
    separator: str
    dash: str
    cursor: str
    up: str
    down: str
    outcomes: Mapping[Outcome | None, str]
    statuses: Mapping[BatchStatus, str]
    slots: Mapping[SlotState | None, str]


UNICODE = Glyphs(
    unknown="\N{REPLACEMENT CHARACTER}",
    newline="\N{SYMBOL FOR NEWLINE}",
    ellipsis="…",
    arrow="→",
    mark="●",
    full="█",
    empty="░",
    separator="·",
    dash="–",
    cursor="▸",
    up="▲",
    down="▼",
    outcomes={
        None: "·",
        Outcome.CONFIRMED: "✓",
        Outcome.PENDING: "◷",
        Outcome.OFF_CHAIN: "◌",
        Outcome.CATALOGUE_ONLY: "■",
        Outcome.FAILED: "✗",
        Outcome.CANCELLED: "⊘",
    },
    statuses={
        BatchStatus.SCHEDULED: "◔",
        BatchStatus.PENDING: "·",
        BatchStatus.PROCESSING: "▶",
        BatchStatus.PAUSED: "‖",
        BatchStatus.COMPLETED: "✓",
        BatchStatus.FAILED: "✗",
        BatchStatus.CANCELLED: "⊘",
    },
    slots={
        None: "·",
        SlotState.CONFIRMED: "✓",
        SlotState.POSTED: "◷",
        SlotState.DOUBT: "?",
        SlotState.STUCK: "!",
        SlotState.SIGNED: "▹",
        SlotState.HOLE: "○",
    },
)
ASCII = Glyphs(
    unknown="?",
    newline=" ",
    ellipsis="~",
    arrow=">",
    mark="*",
    full="#",
    empty=".",
    separator="|",
    dash="-",
    cursor=">",
    up="^",
    down="v",
    outcomes={
        None: ".",
        Outcome.CONFIRMED: "+",
        Outcome.PENDING: "~",
        Outcome.OFF_CHAIN: "o",
        Outcome.CATALOGUE_ONLY: "=",
        Outcome.FAILED: "x",
        Outcome.CANCELLED: "-",
    },
    statuses={
        BatchStatus.SCHEDULED: "@",
        BatchStatus.PENDING: ".",
        BatchStatus.PROCESSING: ">",
        BatchStatus.PAUSED: "=",
        BatchStatus.COMPLETED: "+",
        BatchStatus.FAILED: "x",
        BatchStatus.CANCELLED: "-",
    },
    slots={
        None: ".",
        SlotState.CONFIRMED: "+",
        SlotState.POSTED: "~",
        SlotState.DOUBT: "?",
        SlotState.STUCK: "!",
        SlotState.SIGNED: ">",
        SlotState.HOLE: "o",
    },
)

_MU = "\N{GREEK SMALL LETTER MU}"
"""Of µSTX, which whoever has no such sign writes uSTX, and may type so."""
_PLAIN = re.compile(r"[ -~]*")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0\u2800") | {
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}


def takes_unicode(environment: Mapping[str, str]) -> bool:
    """Tell whether the locale that a person chose can show more than ASCII; without a word about it: yes.

    Python itself sets ``LC_CTYPE=C.UTF-8`` under ``LANG=C`` (PEP 538), so that pair still means ASCII.
    """
    kind = environment.get("LC_CTYPE", "")
    if kind == "C.UTF-8" and environment.get("LANG", "") in ("C", "POSIX"):
        kind = ""
    chosen = environment.get("LC_ALL") or kind or environment.get("LANG") or "UTF-8"
    return "utf" in chosen.lower()


@lru_cache(maxsize=1)
def glyphs() -> Glyphs:
    """Return the signs for this terminal, decided once from the environment."""
    return UNICODE if takes_unicode(os.environ) else ASCII


def display_text(value: object, limit: int | None = None) -> str:
    """Return one harmless line: each non-printable becomes a visible sign, ``limit`` cells at most.

    Covers C0 and C1, ESC, bidirectional controls, zero-widths, tags, line breaks and lone surrogates.
    """
    text = value if isinstance(value, str) else str(value)
    signs = glyphs()
    if not _PLAIN.fullmatch(text):
        text = "".join(_shown(char, signs is ASCII) for char in text)
    return text if limit is None else shorten(text, limit)


def shorten(text: str, limit: int) -> str:
    """Cut harmless text at the end to ``limit`` cells, with an ellipsis where something is missing."""
    if cell_len(text) <= limit:
        return text
    sign = glyphs().ellipsis
    return set_cell_size(text, max(0, limit - 1)).rstrip() + sign if limit > 0 else ""


def wrapped(text: str, width: int) -> str:
    """Break text into lines of ``width`` cells at most, for a table that has nothing else to say."""
    return "\n".join(textwrap.wrap(display_text(text), max(20, width)))


def middle(text: str, limit: int) -> str:
    """Cut text in the middle to ``limit`` cells: both ends of an address or a txid are what is recognised."""
    text = display_text(text)
    if cell_len(text) <= limit:
        return text
    if limit < 5:
        return shorten(text, limit)
    tail = (limit - 1) // 2
    end = set_cell_size(text[::-1], tail)[::-1]  # some signs take two cells
    return set_cell_size(text, limit - 1 - tail) + glyphs().ellipsis + end


@lru_cache(maxsize=4096)
def _shown(char: str, ascii_only: bool) -> str:
    if char == "\n":
        return ASCII.newline if ascii_only else UNICODE.newline
    category = unicodedata.category(char)
    if category[0] == "C" or category in ("Zl", "Zp") or char in _INVISIBLE:
        return ASCII.unknown if ascii_only else _picture(char)
    if category == "Zs":
        return " "
    if not ascii_only or char.isascii():
        return char
    bare = unicodedata.normalize("NFKD", char)[0]
    if bare == _MU:
        return "u"
    return bare if bare.isascii() and bare.isprintable() else ASCII.unknown


def _picture(char: str) -> str:
    """Unicode has a picture for each C0 control (U+2400 + code) and for DEL; the rest share one sign."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else UNICODE.unknown
