"""What every noun of the wire checks: integers and names. A refusal names field, value and remedy.

Name rules: stacks-core clarity-types/src/representations.rs.
"""

import re

U64_MAX = 2**64 - 1

_CONTRACT_NAME = re.compile(r"[a-zA-Z]([a-zA-Z0-9]|[-_])*")
_CLARITY_NAME = re.compile(r"[a-zA-Z]([a-zA-Z0-9]|[-_!?+<>=/*])*|[-+=/*]|[<>]=?")


def shown(value: object) -> str:
    """A value as an error message shows it: short, and never raising (Python refuses to print huge integers)."""
    if isinstance(value, int) and abs(value) >= 10**60:
        return "a number of over 60 digits"
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def check_integer(field: str, value: object, low: int, high: int) -> int:
    """Return `value` if it is an int (True and False are not) from `low` to `high`, else ValueError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{field} is {shown(value)}: give an integer")
    if not low <= value <= high:
        raise ValueError(f"{field} is {shown(value)}: give an integer from {low} to {high}")
    return value


def check_bytes(field: str, value: object) -> bytes:
    """Return `value` if it is bytes, else ValueError."""
    if not isinstance(value, bytes):
        raise ValueError(f"{field} is {shown(value)}: give bytes")
    return value


def check_text(field: str, value: object) -> str:
    """Return `value` if it is text, else ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{field} is {shown(value)}: give text")
    return value


def check_contract_name(name: object, limit: int) -> str:
    """Return a contract's name of 1 to `limit` bytes (40 in a transaction, 128 in a principal value)."""
    text = check_text("contract name", name)
    if not (len(text) <= limit and _CONTRACT_NAME.fullmatch(text)):
        raise ValueError(
            f"contract name is {shown(text)}: give 1 to {limit} letters, digits, '-' or '_', a letter first"
        )
    return text


def check_clarity_name(field: str, name: object) -> str:
    """Return the name of a function, a tuple's key or an asset: 1 to 128 bytes, else ValueError."""
    text = check_text(field, name)
    if not (len(text) <= 128 and _CLARITY_NAME.fullmatch(text)):
        raise ValueError(f"{field} is {shown(text)}: give a Clarity name of 1 to 128 characters")
    return text
