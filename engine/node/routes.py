"""Which routes a node has: telling an absent transaction from an absent route, a good answer from a complaint. Pure."""

from __future__ import annotations

import re

from engine.node.answers import Answer
from engine.node.wording import clean
from engine.ports import NodeUnreachable

GONE = (404, 405, 410, 501)
_NO_ROUTE = re.compile(r"(route )?(get|post)[: ]|route not found", re.IGNORECASE)


class RouteGone(Exception):
    """This node doesn't have the route (any more)."""


def good(answer: Answer) -> Answer:
    """Return an answer of status 200; NodeUnreachable for every other."""
    if answer.status != 200:
        raise NodeUnreachable(answer.closed, answer.wait)
    return answer


def present(answer: Answer) -> Answer:
    """Return the good answer of a route that never says 404 of its own; RouteGone when the node lacks it."""
    if answer.status in GONE:
        raise RouteGone
    return good(answer)


def absent(answer: Answer) -> bool:
    """Tell whether an API says that it has no such transaction; RouteGone when it is the route that it lacks."""
    if answer.status not in (404, 410, 501):
        return False
    if answer.status != 404 or not answer.is_json:
        raise RouteGone
    said = answer.json()
    message = said.get("message") or said.get("error") if isinstance(said, dict) else None
    if not isinstance(message, str) or _NO_ROUTE.match(clean(message)):
        raise RouteGone
    return True
