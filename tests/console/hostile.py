"""Text that would do harm if a terminal, a markup parser or a spreadsheet took it at its word."""

from __future__ import annotations

import unicodedata

CORPUS = (
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;title\x07",
    "\x1bPq#0\x1b\\",
    "\x9b31mC1",
    "\x9d52;c;ZXZpbA==\x9c",
    "bell\x07 back\x08 del\x7f nul\x00",
    "line\nbreak\r\nreturn\ttab\x0bvertical\x0cform",
    "[/x]",
    "price [ETH]",
    "[@click=app.quit]click me[/]",
    "[red]not red[/red] [bold",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \u200emark",
    "zero\u200bwidth\u200cjoin\u200der\ufeff \u2060",
    "tags \U000e0041\U000e007f",
    "separators \u2028 \u2029 \x85 end",
    "surrogate \ud800 alone",
    "private \ue000 unassigned \U0003fffe",
    "combining e\u0301\u0301\u0301\u0301 wide 夜明け前の街 emoji 👩‍🚀 ❤️",
    "=HYPERLINK(1)",
    "$(rm -rf /) `id` %s {0} {{x}}",
    "x" * 3000,
)


def harmful(text: str) -> list[str]:
    """Return the characters of drawn text that a terminal could act on, or that nobody could see."""
    return [
        f"U+{ord(char):04X}"
        for char in text
        if char != "\n" and (unicodedata.category(char)[0] == "C" or unicodedata.category(char) in ("Zl", "Zp"))
    ]
