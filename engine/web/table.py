"""The table of the other calls: catalogue, engine, audit; and all of them together, the fixed paths first."""

from __future__ import annotations

from engine.web.alerts import AlertCalls
from engine.web.audit import AuditCalls
from engine.web.batch_table import ONE, batch_table, item_table, page_of
from engine.web.content import ContentCalls
from engine.web.context import Call, Web
from engine.web.lane_table import lane_table
from engine.web.metrics import MetricCalls
from engine.web.openapi import bodies as to
from engine.web.openapi import examples as show
from engine.web.openapi.forms import flag, integer, many, maybe, named, noun, number, text
from engine.web.openapi.page import ALWAYS, POSTED, answered, operation
from engine.web.whole import EngineCalls


def table(web: Web) -> list[Call]:
    """Return every call; one with a fixed path stands before one whose path would fit it too."""
    calls = [
        *batch_table(web),
        *item_table(web),
        *_catalogue(web),
        *_engine(web),
        *lane_table(web),
        *_audit(web),
        *_alerts(web),
    ]
    return sorted(calls, key=lambda call: call.path.count("{"))


def _catalogue(web: Web) -> list[Call]:
    calls = ContentCalls(web)
    row = {"contentId": "content-1", "creator": show.CREATOR, "title": "A first title", "price": 1_500_000}
    listed = {200: answered("In import order.", page_of("contents", "Content"), show.CONTENTS)}
    taken = noun({"message": text(1), "imported": integer(1)})
    answers = {200: answered("All are taken.", taken, {"message": "Contents imported", "imported": 1})}
    creator = noun({"address": text(1), "contents": integer()})
    whose = answered("By address.", noun({"creators": many(creator)}),
                     {"creators": [{"address": show.CREATOR, "contents": 1}]})  # fmt: skip
    query = (to.OF_CREATOR, to.TEXT, to.SEARCH, to.CONTENTS, to.REMOVED, to.LIMIT, to.AFTER)
    told = {200: answered("Newest first.", named("ContentStory"), show.CONTENT_STORY)}
    return [
        Call("GET", "/api/content", calls.page,
             operation("listContents", "List the catalogue", "catalogue", listed, ALWAYS, query)),
        Call("POST", "/api/content/import", calls.take,
             operation("importContents", "Import rows, all or none", "catalogue", answers, POSTED, (),
                       (to.IMPORT, {"rows": [row]}))),
        Call("GET", "/api/content/story", calls.story,
             operation("tellContent", "Tell what changed a content, and what the contract has of it", "catalogue",
                       told, (*ALWAYS, 404), (to.CONTENT, to.LIMIT))),
        Call("GET", "/api/creators", calls.creators,
             operation("listCreators", "List the creators", "catalogue", {200: whose}, ALWAYS)),
    ]  # fmt: skip


def _engine(web: Web) -> list[Call]:
    calls = EngineCalls(web)
    health = {200: answered("Everything works.", named("Health"), show.HEALTH),
              503: answered("Something doesn't; the message says what.",
                            {"anyOf": [named("Health"), named("Refusal")]}, None)}  # fmt: skip
    changed = noun({"revision": text(1), "more": flag(), "batches": many(named("ChangedBatch")),
                    "items": many(named("Item")), "contents": many(named("Content")), "lanes": many(named("Signer")),
                    "alerts": many(named("Alert"))})  # fmt: skip
    changes = {200: answered("Everything that changed.", changed, show.CHANGES)}
    about = noun(
        {"network": text(1), "maxBatchesPerHour": integer(), "maxItemsPerHour": integer()}
        | {name: number() for name in ("slowBatch", "failureRate", "offChainRate")}
        | {"who": maybe(text()), "readOnly": flag()}
    )
    example = {"network": "testnet", "maxBatchesPerHour": 50, "maxItemsPerHour": 5000, "slowBatch": 120,
               "failureRate": 0.5, "offChainRate": 0.5, "who": "alice", "readOnly": False}  # fmt: skip
    return [
        Call("GET", "/api/batches/health", calls.health,
             operation("health", "Tell how every part is", "engine", health, (400, 401, 403))),
        Call("GET", "/metrics", MetricCalls(web).page,
             operation("metrics", "What the engine measures, for Prometheus", "engine",
                       {200: answered("Text.", text(), None, "text/plain")}, ALWAYS)),
        Call("GET", "/api/changes", calls.changes,
             operation("changes", "Tell what changed since a revision", "engine", changes, (*ALWAYS, 410),
                       (to.SINCE, to.CHANGES))),
        Call("GET", "/api/engine/vitals", calls.vitals,
             operation("vitals", "The engine's own state: nodes, queue, pace, settings", "engine",
                       {200: answered("As it is now.", named("Vitals"), show.VITALS)}, ALWAYS)),
        Call("GET", "/api/engine/log", calls.log,
             operation("listLogLines", "The latest lines of the log that the engine remembers", "engine",
                       {200: answered("Newest first.", page_of("lines", "LogLine"), show.LOG_LINES)}, ALWAYS,
                       (to.TEXT, to.LIMIT, to.AFTER))),
        Call("GET", "/api/engine", calls.about,
             operation("about", "Tell which engine this is", "engine",
                       {200: answered("Its network and limits.", about, example)}, ALWAYS)),
        *_stopping(calls),
    ]  # fmt: skip


def _stopping(calls: EngineCalls) -> list[Call]:
    """The emergency stop, and its end."""
    made = []
    stopped = noun({"message": text(1), "paused": flag()})
    for verb, run, message, paused in (
        ("pause", calls.pause, "The engine is stopped", True),
        ("resume", calls.resume, "The engine goes on", False),
    ):
        answers = {200: answered(message, stopped, {"message": message, "paused": paused})}
        spec = operation(f"{verb}Engine", f"The emergency stop: {verb}", "engine", answers, POSTED, (),
                         (to.ONLY_WHY, {"why": "The key was used elsewhere"}), needs_body=False)  # fmt: skip
        made.append(Call("POST", f"/api/engine/{verb}", run, spec))
    return made


def _audit(web: Web) -> list[Call]:
    calls = AuditCalls(web)
    listed = {200: answered("Newest first.", page_of("deeds", "Deed"), show.DEEDS)}
    paging = (to.LIMIT, to.AFTER)
    return [
        Call("GET", "/api/audit", calls.all, operation("audit", "Who did what", "audit", listed, ALWAYS, paging)),
        Call("GET", f"{ONE}/audit", calls.of_batch,
             operation("auditOfBatch", "Who did what about a batch", "audit", listed, (*ALWAYS, 404),
                       (to.BATCH_ID, *paging))),
    ]  # fmt: skip


def _alerts(web: Web) -> list[Call]:
    calls = AlertCalls(web)
    listed = {200: answered("Newest first.", page_of("alerts", "KeptAlert"), show.ALERTS)}
    seen = {200: answered("The alert.", named("KeptAlert"), show.KEPT_ALERT)}
    page = operation("listAlerts", "List alerts", "engine", listed, ALWAYS, (to.OPEN, to.LIMIT, to.AFTER))
    why = (to.ONLY_WHY, {"why": "Seen"})
    acknowledge = operation("acknowledgeAlert", "Say that somebody has seen an alert", "engine", seen,
                            (*POSTED, 404, 409), (to.ALERT_ID,), why, needs_body=False)  # fmt: skip
    return [
        Call("GET", "/api/alerts", calls.page, page),
        Call("POST", "/api/alerts/{alertId}/acknowledge", calls.acknowledge, acknowledge),
    ]
