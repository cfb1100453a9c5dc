"""Node text as a person may read it: cleaned, short; and the sentences for aborted transactions.

What a node says is hostile data: it reaches terminals and logs.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200
CONTRACT_ERRORS = {
    401: "the signer is not the creator: sign with the creator's key",
    404: "the contract doesn't know this content: check its on_chain_id",
    409: "the contract knows this content already",
    507: "the contract is paused: retry when it runs again",
}
_ERR_UINT = re.compile(r"\(err u(\d{1,39})\)")


def clean(text: object, limit: int = LONGEST) -> str:
    """Return outside text on one line, without control characters, at most ``limit`` characters long.

    Anything but text gives an empty string.
    """
    if not isinstance(text, str):
        return ""
    head = text[: 4 * limit]
    safe = "".join(" " if unicodedata.category(char).startswith("C") else char for char in head)
    line = " ".join(safe.split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def micro(amount: int) -> str:
    """Return an amount with its unit, as every message writes it."""
    return f"{amount} µSTX"


def foreseen(result: str) -> str:
    """Return why the contract would abort a call, from the Clarity repr of what it would answer."""
    known = _ERR_UINT.fullmatch(result.strip())
    meaning = CONTRACT_ERRORS.get(int(known.group(1))) if known else None
    if known is None or meaning is None:
        return f"the contract would answer {clean(result) or 'with an error'}"
    cause, _, remedy = meaning.partition(": ")
    return f"{cause} (u{known.group(1)})" + (f": {remedy}" if remedy else "")


def aborted(result: str, vm_error: str = "") -> str:
    """Return why the contract aborted, from the Clarity repr of its result and the runtime's error, if any."""
    known = _ERR_UINT.fullmatch(result.strip())
    if known:
        code = int(known.group(1))
        meaning = CONTRACT_ERRORS.get(code)
        return f"Aborted by the contract: u{code}" + (f", {meaning}" if meaning else "")
    return f"Aborted by the contract: {clean(vm_error) or clean(result) or 'the node gives no reason'}"
