"""PURE: the escape sequence that copies by the terminal itself, so that copying works over SSH and inside tmux."""

from __future__ import annotations

import base64


def osc52(text: str, *, wrapped: bool = False) -> str:
    """Return the escape sequence that puts text into the terminal's clipboard, wrapped for tmux or not."""
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
    return f"\x1bPtmux;\x1b{plain}\x1b\\" if wrapped else plain
