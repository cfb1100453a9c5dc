"""Nouns as JSON: exactly the names of INTERFACE.md, for the HTTP API and for every command's `--json`.

Times are ISO 8601 UTC with Z, durations milliseconds, txids with 0x, amounts integers of µSTX, rates shares.
"""

from engine.wire.batches import batch_json, initiated_json, result_json, skipped_json, started_json
from engine.wire.content_story import content_story_json
from engine.wire.forms import Json, milliseconds, time, txid
from engine.wire.lanes import window_json
from engine.wire.log import log_line_json
from engine.wire.reports import (
    alert_json,
    changes_json,
    content_json,
    deed_json,
    health_json,
    kept_alert_json,
    review_json,
    review_row_json,
    signer_json,
    transition_json,
)
from engine.wire.retries import retries_json
from engine.wire.vitals import vitals_json
from engine.wire.whole import camel, item_json, whole_batch_json

__all__ = [
    "Json",
    "alert_json",
    "batch_json",
    "camel",
    "changes_json",
    "content_json",
    "content_story_json",
    "deed_json",
    "health_json",
    "initiated_json",
    "item_json",
    "kept_alert_json",
    "log_line_json",
    "milliseconds",
    "result_json",
    "retries_json",
    "review_json",
    "review_row_json",
    "signer_json",
    "skipped_json",
    "started_json",
    "time",
    "transition_json",
    "txid",
    "vitals_json",
    "whole_batch_json",
    "window_json",
]
