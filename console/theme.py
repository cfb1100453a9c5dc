"""The looks: two themes and the colours of outcomes, named once so that every screen means the same by them."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

WIDE = 100
"""Cells of a screen from which there is room for more."""
DARK = Theme(
    name="batchdeck-dark",
    primary="#6ea8d8",
    secondary="#8d9db6",
    accent="#7fb8c9",
    warning="#e0af55",
    error="#e5737a",
    success="#7fbf8f",
    foreground="#d5dae3",
    background="#12151b",
    surface="#181c24",
    panel="#222834",
    dark=True,
    variables={
        "footer-key-foreground": "#7fb8c9",
        "input-selection-background": "#6ea8d8 35%",
        "quiet": "#8a94a6",
        "cursor-row": "#2a3d57",
    },
)
LIGHT = Theme(
    name="batchdeck-light",
    primary="#1f5f99",
    secondary="#5b6b82",
    accent="#1a6b80",
    warning="#8a5a00",
    error="#b3262f",
    success="#1f6e3a",
    foreground="#20242c",
    background="#f6f7f9",
    surface="#eceef2",
    panel="#dde1e8",
    dark=False,
    variables={
        "footer-key-foreground": "#1a6b80",
        "input-selection-background": "#1f5f99 30%",
        "quiet": "#5d6775",
        "cursor-row": "#c3d7ec",
    },
)


def outcome_colours(variables: Mapping[str, str]) -> dict[str, str]:
    """Name the colour of each outcome, of quiet text and of the cursor after the theme in force, whichever it is."""
    return {
        "quiet": variables.get("quiet", variables["secondary"]),
        "cursor-row": variables.get("cursor-row", variables["primary"]),
        "outcome-confirmed": variables["success"],
        "outcome-pending": variables["primary"],
        "outcome-off-chain": variables["warning"],
        "outcome-catalogue-only": variables["accent"],
        "outcome-failed": variables["error"],
        "outcome-cancelled": variables["secondary"],
        "outcome-open": variables["secondary"],
    }
