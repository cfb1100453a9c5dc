"""The table of calls about batches and items: where each is, what runs, and what goes in and out."""

from __future__ import annotations

from engine.core.asking import MAX_AT_ONCE
from engine.core.model import Operation
from engine.web.batches import BatchCalls
from engine.web.context import Call, Web
from engine.web.items import ItemCalls
from engine.web.openapi import bodies as to
from engine.web.openapi import examples as show
from engine.web.openapi.forms import Schema, integer, many, maybe, named, noun, text
from engine.web.openapi.page import ALWAYS, POSTED, answered, operation

_STARTS = (
    (Operation.UPDATE_PRICE, "batch-update-price", "startPriceUpdate", {"newPrice": 1_500_000}),
    (Operation.REMOVE_CONTENT, "batch-remove", "startRemoval", {"removalReason": "Withdrawn by its author"}),
    (Operation.UPDATE_METADATA, "batch-update-metadata", "startMetadataUpdate", {"updates": {"refundable": True}}),
)
_SUMMARIES = {
    Operation.UPDATE_PRICE: "Set new prices",
    Operation.REMOVE_CONTENT: "Remove contents for good",
    Operation.UPDATE_METADATA: "Change titles, descriptions and the like",
}
NEXT = {"next": maybe(text(description="The cursor of the next page; null at the end."))}
_LISTED: dict[str, Schema] = {
    "creator": maybe(text()),
    "total": integer(),
    "operations": many(named("ListedBatch")),
    "limit": integer(1),
    "skip": integer(),
} | NEXT
_SELECTED = noun(
    {
        "batchId": text(1),
        "totalItems": integer(),
        "items": many(named("SelectedItem")),
        "skipped": many(named("Skipped")),
    }
)
ONE = "/api/batches/{batchId}"
_INITIATED: dict[str, Schema] = {
    "message": text(1),
    "batchId": text(1),
    "status": {"type": "string", "enum": ["pending", "scheduled"]},
    "totalItems": integer(1),
}


def again(parent: str) -> Schema:
    """The answer to a retry or revert."""
    return noun(_INITIATED | {parent: text(1), "skipped": many(named("Skipped"))})


def page_of(name: str, row: str) -> Schema:
    """A page of rows."""
    return noun({"total": integer(), name: many(named(row)), "limit": integer(1)} | NEXT)


def batch_table(web: Web) -> list[Call]:
    """Return every call about batches."""
    calls = BatchCalls(web)
    return [*_starts(calls), *_lists(calls), *_again(calls), *_holds(calls)]


def _starts(calls: BatchCalls) -> list[Call]:
    made = []
    for kind, name, operation_id, value in _STARTS:
        example = {"creator": show.CREATOR, "contentIds": ["content-1"], **value}
        spec = operation(
            operation_id,
            _SUMMARIES[kind],
            "batches",
            {201: answered("Accepted, and durable.", named("Initiated"), show.INITIATED)},
            (*POSTED, 409, 429),
            (to.KEY,),
            (to.draft(kind), example),
        )
        made.append(Call("POST", f"/api/batches/{name}", calls.starting(kind), spec))
    example = {"operationType": "update-price", "creator": show.CREATOR, "contentIds": ["1"], "newPrice": 1_500_000}
    all_or_none = operation(
        "submitAll",
        "Accept several drafts in order, all or none",
        "batches",
        {201: answered("Accepted.", noun({"batches": many(named("Initiated"))}), {"batches": [show.INITIATED]})},
        (*POSTED, 409, 429),
        (to.KEY,),
        (to.DRAFTS, {"drafts": [example]}),
    )
    review = operation(
        "review",
        f"Tell what a draft of up to {MAX_AT_ONCE} contents would do, and do nothing",
        "batches",
        {200: answered("Item by item.", named("Review"), show.REVIEW)},
        POSTED,
        (),
        (to.REVIEWED, example),
    )
    return [
        *made,
        Call("POST", "/api/batches", calls.submit_all, all_or_none),
        Call("POST", "/api/review", calls.review, review),
    ]


def _lists(calls: BatchCalls) -> list[Call]:
    listed = {200: answered("Newest first.", noun(_LISTED), show.LISTED)}
    paging = (to.LIMIT, to.SKIP, to.AFTER)
    every = operation("listBatches", "List batches, newest first", "batches", listed, ALWAYS,
                      (to.STATUS, to.OF_CREATOR, to.TEXT, to.GROUP, *paging))  # fmt: skip
    mine = operation("listBatchesOfCreator", "List a creator's batches, newest first", "batches", listed, ALWAYS,
                     (to.CREATOR_PATH, *paging))  # fmt: skip
    shown = {200: answered("The batch.", named("Batch"), show.BATCH)}
    one = operation("showBatch", "Show a batch with its results", "batches", shown, (*ALWAYS, 404), (to.BATCH_ID,))
    return [
        Call("GET", "/api/batches", calls.all, every),
        Call("GET", "/api/batches/creator/{creator}", calls.of_creator, mine),
        Call("GET", ONE, calls.show, one),
    ]


def _again(calls: BatchCalls) -> list[Call]:
    made = []
    table = (
        ("retry", "Retry", calls.retry, calls.select_retry, to.RETRY, "retryOf", show.RETRIED, (to.RETRYABLE,)),
        ("revert", "Revert", calls.revert, calls.select_revert, to.REVERT, "revertOf", show.REVERTED, ()),
    )
    for verb, title, start, select, body, parent, example, query in table:
        answers = {201: answered("A new batch.", again(parent), example)}
        refused = (*POSTED, 404, 409, 429)
        post = operation(f"{verb}Batch", f"{title} what can be, in a new batch", "batches", answers, refused,
                         (to.BATCH_ID, to.KEY), (body, {"why": "The node is back"}), needs_body=False)  # fmt: skip
        found = {200: answered("What would be taken, and what not.", _SELECTED, show.SELECTED)}
        get = operation(f"select{title}", f"Tell what a {verb} would take and skip", "batches", found, (*ALWAYS, 404),
                        (to.BATCH_ID, *query, to.CONTENTS))  # fmt: skip
        made += [Call("POST", f"{ONE}/{verb}", start, post), Call("GET", f"{ONE}/{verb}", select, get)]
    chain = operation("tellRetries", "Tell what became of each content over all retries", "batches",
                      {200: answered("From the batch that begins the chain.", named("Retries"), show.RETRIES)},
                      (*ALWAYS, 404), (to.BATCH_ID,))  # fmt: skip
    return [*made, Call("GET", f"{ONE}/retries", calls.retries, chain)]


def _holds(calls: BatchCalls) -> list[Call]:
    made = []
    for verb, run, summary in (
        ("pause", calls.pause, "Apply no further item of a batch"),
        ("resume", calls.resume, "Go on with a paused or failed batch"),
        ("cancel", calls.cancel, "Cancel the items that aren't applied yet"),
    ):
        answers = {200: answered("The batch as it is now.", named("Batch"), show.BATCH)}
        spec = operation(f"{verb}Batch", summary, "batches", answers, (*POSTED, 404, 409),
                         (to.BATCH_ID,), (to.ONLY_WHY, {"why": "Prices are wrong"}), needs_body=False)  # fmt: skip
        made.append(Call("POST", f"{ONE}/{verb}", run, spec))
    return made


def item_table(web: Web) -> list[Call]:
    """Return every call about items."""
    calls = ItemCalls(web)
    refused = (*ALWAYS, 404)
    listed = {200: answered("By position.", page_of("items", "Item"), show.ITEMS)}
    items = operation("listItems", "List items of a batch", "items", listed, refused,
                      (to.BATCH_ID, to.OUTCOMES, to.TEXT, to.CONTENTS, to.LIMIT, to.AFTER))  # fmt: skip
    shown = {200: answered("The item.", named("Item"), show.ITEM)}
    item = operation("showItem", "Show one item", "items", shown, refused, (to.BATCH_ID, to.CONTENT))
    told = noun({"contentId": text(), "story": many(named("Transition"))})
    story = operation("tellStory", "Tell what happened to an item", "items",
                      {200: answered("Oldest first.", told, show.STORY)}, refused,
                      (to.BATCH_ID, to.CONTENT))  # fmt: skip
    return [
        Call("GET", f"{ONE}/items", calls.page, items),
        Call("GET", f"{ONE}/item", calls.item, item),
        Call("GET", f"{ONE}/story", calls.story, story),
    ]
