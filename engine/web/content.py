"""The calls about the catalogue: what is in it, whose it is, and an import of rows, all or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from starlette.requests import Request
from starlette.responses import Response

from engine import wire
from engine.core.cells import serving_id
from engine.core.content_story import MOST_CHANGES
from engine.core.model import Content, Problem
from engine.core.reports import ContentQuery
from engine.core.text import shown
from engine.errors import InvalidDraft, refuse
from engine.web import queries
from engine.web.answers import answer
from engine.web.batches import page_json
from engine.web.bodies import first, parse, raw_of, unknown
from engine.web.context import Web

PAGE = 500
ROWS = "rows"
COLUMNS = {camel: name for field in fields(Content) for name in (field.name,) for camel in wire.camel({name: 0})}
"""Each column under its name on the wire."""
_NAMES = COLUMNS | {name: name for name in COLUMNS.values()}
"""Rows may also have the names of a catalogue file."""
REQUIRED = ("contentId", "creator", "title", "price")
_REQUIRED = frozenset(COLUMNS[name] for name in REQUIRED)


class ContentCalls:
    """The catalogue."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def page(self, request: Request) -> Response:
        """List contents, in the order of their import."""
        found = queries.asked(request, "creator", "q", "search", "removed", "limit", "after", many=("contentId",))
        query = ContentQuery(
            creator=queries.text(found, "creator"),
            text=queries.text(found, "q") or "",
            content_ids=frozenset(found.get("contentId", ())),
            removed=queries.flag(found, "removed"),
            after=queries.text(found, "after"),
            limit=queries.limit(found, PAGE),
            search=queries.text(found, "search") or "",
        )
        page = await self._web.engine_for(request).contents(query)
        return answer(page_json(page, "contents", wire.content_json, query.limit))

    async def story(self, request: Request) -> Response:
        """Tell what changed one content, newest first, and what the contract has of it."""
        found = queries.asked(request, "contentId", "limit")
        content_id = queries.text(found, "contentId")
        if content_id is None:
            raise InvalidDraft([Problem("contentId", "It is missing: name the content")])
        story = await self._web.engine_for(request).content(content_id, queries.limit(found, MOST_CHANGES))
        return answer(wire.content_story_json(story))

    async def creators(self, request: Request) -> Response:
        """List the creators of the catalogue."""
        queries.asked(request)
        found = await self._web.engine_for(request).creators()
        return answer({"creators": [{"address": one.address, "contents": one.contents} for one in found]})

    async def take(self, request: Request) -> Response:
        """Import rows, all or none; each that can't be is named."""
        contents = await self._web.beside(request, lambda: _contents(parse(raw_of(request))))
        refused = await self._web.engine_for(request).import_contents(contents)
        refuse(first(Problem(f"{ROWS}[{index}]", reason) for index, reason in refused))
        return answer({"message": "Contents imported", "imported": len(contents)})


def _contents(body: object) -> list[Content]:
    """Return the contents of rows; the engine judges their values as it does those of a program."""
    given = body
    if isinstance(body, dict):
        refuse(unknown(body, (ROWS,)))
        given = body.get(ROWS)
    if not isinstance(given, list) or not given:
        raise InvalidDraft([Problem(ROWS, f"{shown(given)} is no list of rows: send a list of at least one object")])
    refuse(first(problem for index, row in enumerate(given) for problem in _row_problems(index, row)))
    rows = [{_NAMES[name]: value for name, value in row.items()} for row in given]
    refuse(_repeated(rows))
    ids_serve = not any("on_chain_id" in row for row in rows)
    return [_content(row, ids_serve) for row in rows]


def _row_problems(index: int, row: object) -> list[Problem]:
    at = f"{ROWS}[{index}]"
    if not isinstance(row, Mapping):
        return [Problem(at, f"{shown(row)} is not an object: send one")]
    known = {name: name in _NAMES for name in row}
    problems = unknown((name for name, is_known in known.items() if not is_known), COLUMNS, f"{at}.")
    named = [_NAMES[name] for name, is_known in known.items() if is_known]
    problems += [Problem(f"{at}.{name}", "is given twice, in both spellings: give it once")
                 for name in sorted({one for one in named if named.count(one) > 1})]  # fmt: skip
    problems += [Problem(f"{at}.{name}", "is missing: every content needs it")
                 for name in REQUIRED if COLUMNS[name] not in named]  # fmt: skip
    return problems


def _repeated(rows: list[dict[str, object]]) -> list[Problem]:
    seen: dict[str, int] = {}
    problems = []
    for index, row in enumerate(rows):
        content_id = row["content_id"] = _text_id(row["content_id"])
        if not isinstance(content_id, str):
            continue
        if content_id in seen:
            message = f"{shown(content_id)} is in row {seen[content_id]} already: give each content its own"
            problems.append(Problem(f"{ROWS}[{index}].contentId", message))
        seen.setdefault(content_id, index)
    return problems


def _text_id(given: object) -> object:
    """A content id may be an integer, and is text from here on; a bool is neither."""
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 10**128:
        return str(given)
    return given


def _content(row: Mapping[str, object], ids_serve: bool) -> Content:
    """Make a content; null means a column that isn't given, as it does in a file."""
    given = {name: value for name, value in row.items() if value is not None or name in _REQUIRED}
    if ids_serve and isinstance(row["content_id"], str):
        given["on_chain_id"] = serving_id(row["content_id"])
    return Content(**given)  # type: ignore[arg-type]
