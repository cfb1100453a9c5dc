"""Monitoring sees what happened: the numbers of /metrics are those of the batches, and grow with the work."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from engine.core.spread import Meter
from tests.web.support import Api, settled


def measured(api: Api) -> dict[tuple[str, str], float]:
    """Return every sample by its name and its labels' values."""
    answer = api.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name.removeprefix("batchdeck_"), ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_batch_moves_the_numbers(api: Api, ids: list[str]) -> None:
    """Batches by status, items by outcome, durations, node calls and commits all tell of it."""
    api.until_quiet()
    before = measured(api)
    batch_id = api.start([*ids, "not there"])
    api.until(batch_id, settled)
    after = measured(api)

    def grown(name: str, label: str = "") -> float:
        return after[name, label] - before[name, label]

    assert grown("batches", "completed") == 1
    assert (grown("items", "confirmed"), grown("items", "failed")) == (5, 1)
    assert grown("batch_duration_seconds_count") == 1
    assert grown("batch_duration_seconds_bucket", "+Inf") == 1
    assert grown("node_call_seconds_count", "broadcast") >= 5
    assert grown("commit_seconds_count") > 5
    assert grown("commit_seconds_sum") > 0
    assert after["node_reachable", ""] == 1
    assert after["node_errors_total", "broadcast"] == before["node_errors_total", "broadcast"]
    assert {name for name, _ in after} >= {"writer_queue", "alerts", "paused", "lane_in_flight", "lane_waiting"}
    under_way = {key for key in after if key[0] == "items_under_way"}
    assert {key: after[key] for key in under_way} == {key: before[key] for key in under_way}


def test_an_alert_is_counted(api: Api) -> None:
    """The emergency stop is an alert and a number of its own."""
    api.until_quiet()
    api.post("/api/engine/pause")
    stopped = measured(api)
    api.post("/api/engine/resume")
    assert (stopped["paused", ""], stopped["alerts", ""]) == (1, measured(api)["alerts", ""] + 1)


def test_a_meter_counts_into_its_buckets() -> None:
    """A duration on a bound belongs to it; what is longer than all bounds is counted too."""
    meter = Meter((1.0, 2.0))
    for seconds in (0.5, 1.0, 1.5, 9.0):
        meter.observe(seconds)
    found = meter.spread()
    assert (found.counts, found.total) == ((2, 1, 1), 12.0)


def test_a_batch_cancelled_before_its_hour_took_no_time(api: Api, ids: list[str]) -> None:
    """It is counted as one that was over at once, and takes nothing away from the sum of the others."""
    api.until_quiet()
    before = measured(api)
    batch_id = api.start(ids, scheduledFor="2126-01-01T00:00:00Z")
    api.post(f"/api/batches/{batch_id}/cancel")
    after = measured(api)
    name = "batch_duration_seconds"
    assert after[f"{name}_count", ""] == before[f"{name}_count", ""] + 1
    assert after[f"{name}_bucket", "1.0"] == before[f"{name}_bucket", "1.0"] + 1
    assert after[f"{name}_sum", ""] == before[f"{name}_sum", ""] >= 0
    assert after["items", "cancelled"] == before["items", "cancelled"] + len(ids)
