"""The cells of a catalogue row: what each column may hold, and how it is read. Nothing is coerced.

Apart from `catalogue` because here one value is judged, there a whole file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.core.operations.metadata import FIELDS
from engine.core.operations.price import MAX_PRICE, REMEDY
from engine.core.text import has_control_characters, shown, storable
from engine.stacks import parse_address

_MAX_ON_CHAIN_ID = 2**128 - 1
_MAX_URL = 2_048

_INTEGER = re.compile(r"-?[0-9]{1,60}")
_METADATA = {field.column: field for field in FIELDS}


class Bad(ValueError):
    """A cell can't be used; the message is the remedy."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What all rows share: the network, whether numeric content ids serve as on-chain ids, and what cells are.

    ``typed`` cells, as JSON and a program have, are values themselves: text never stands for a number or a flag, nor a
    number for text, but for the content ids of a file (``number_ids``).
    """

    network: str
    ids_serve: bool = False
    number_ids: bool = False
    typed: bool = False


def serving_id(content_id: str) -> int | None:
    """Return what serves as on-chain id when the file has no column for it; None if the id is no number."""
    number = int(content_id) if _INTEGER.fullmatch(content_id) else -1
    return number if 0 <= number <= _MAX_ON_CHAIN_ID else None


def _content_id(given: object, reader: Reader) -> str:
    number = isinstance(given, int) and not isinstance(given, bool) and reader.number_ids
    text = str(given) if number else given
    if not isinstance(text, str):
        raise Bad(f"{shown(given)} isn't text: give 1 to 128 characters")
    if not 1 <= len(text) <= 128:
        raise Bad(f"{shown(text)} has {len(text)} characters: give 1 to 128")
    if has_control_characters(text):
        raise Bad(f"{shown(text)} has a control character: take it out")
    if text != text.strip():
        raise Bad(f"{shown(text)} has a space before or after it: take it away")
    return text


def _on_chain_id(given: object, reader: Reader) -> int:
    remedy = "give an integer from 0 to 2^128-1, or nothing if it isn't on the chain"
    return _integer(given, reader, 0, _MAX_ON_CHAIN_ID, remedy)


def _creator(given: object, reader: Reader) -> str:
    if not isinstance(given, str):
        raise Bad(f"{shown(given)} isn't text: give a Stacks address")
    fault = _creator_fault(given, reader.network)
    if fault:
        raise Bad(fault)
    return given


@lru_cache(maxsize=4096)
def _creator_fault(text: str, network: str) -> str:
    """A catalogue has few creators and many rows, and c32 arithmetic is slow."""
    try:
        found = parse_address(text).network
    except ValueError as error:
        return str(error)
    return "" if found == network else f"{text} is an address of {found}: this catalogue is of {network}"


def _price(given: object, reader: Reader) -> int:
    return _integer(given, reader, 1, MAX_PRICE, REMEDY)


def _days(given: object, reader: Reader) -> int:
    return _integer(given, reader, 0, 365, "give an integer from 0 to 365")


def _integer(given: object, reader: Reader, low: int, high: int, remedy: str) -> int:
    """Read an integer, in CSV from its digits; nothing else is coerced."""
    if not reader.typed and isinstance(given, str) and _INTEGER.fullmatch(given):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int):
        raise Bad(f"{shown(given)} isn't an integer: {remedy}")
    if not low <= given <= high:
        raise Bad(f"{shown(given)} is out of range: {remedy}")
    return given


def _flag(given: object, reader: Reader) -> bool:
    if isinstance(given, bool):
        return given
    if given in ("true", "false") and not reader.typed:
        return given == "true"
    raise Bad(
        f"{shown(given)} is neither true nor false: give true or false{'' if not reader.typed else ', without quotes'}"
    )


def _url(given: object, reader: Reader) -> str:
    if not isinstance(given, str) or len(given) > _MAX_URL or not storable(given):
        raise Bad(f"{shown(given)} can't be used: url must be text of at most {_MAX_URL} characters")
    return given


def _text(column: str) -> Callable[[object, Reader], str]:
    field = _METADATA[column]

    def read(given: object, reader: Reader) -> str:
        if not isinstance(given, str) or not field.test(given):
            raise Bad(f"{shown(given)} can't be used: {column} {field.must}, without NUL and broken characters")
        return given

    return read


def _removal(given: object, reader: Reader) -> None:
    raise Bad("is set: a removed content can't be imported, leave its line out")


CELLS: Mapping[str, Callable[[object, Reader], object]] = {
    "content_id": _content_id,
    "on_chain_id": _on_chain_id,
    "creator": _creator,
    "title": _text("title"),
    "description": _text("description"),
    "content_type": _text("content_type"),
    "price": _price,
    "token_gating": _flag,
    "refundable": _flag,
    "refund_window_days": _days,
    "url": _url,
    "removed_at": _removal,
    "removal_reason": _removal,
}
