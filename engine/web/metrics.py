"""/metrics: what the engine measures, in the form of Prometheus. Everything is read at the moment of asking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from engine.core.oversight import Measures
from engine.core.reports import SignerInfo
from engine.core.spread import Spread
from engine.web import queries
from engine.web.context import Web

PREFIX = "batchdeck_"


class MetricCalls:
    """The page for Prometheus."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def page(self, request: Request) -> Response:
        """Write every metric."""
        queries.asked(request)
        return Response(written(await self._web.engine.measures()), media_type=CONTENT_TYPE_LATEST)


def written(measures: Measures) -> bytes:
    """Return the measures in the text form of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Now(measures))
    return generate_latest(registry)


class _Now(Collector):
    """One moment of an engine, as metrics."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterable[Metric]:
        """Return every metric."""
        yield from _stored(self._measures)
        yield from _lanes(self._measures.lanes)
        yield from _parts(self._measures)


def _stored(measures: Measures) -> Iterator[Metric]:
    stored = measures.stored
    yield _gauges("batches", "Batches by status.", "status", stored.statuses)
    yield _gauges("items", "Items that have an outcome, by it.", "outcome", stored.outcomes)
    under_way = "Items without an outcome, by state; queued ones wait for their turn."
    yield _gauges("items_under_way", under_way, "state", stored.under_way)
    yield _histogram("batch_duration_seconds", "From start to completion of batches.", {(): stored.durations})


def _lanes(lanes: Iterable[SignerInfo]) -> Iterator[Metric]:
    found = list(lanes)
    balances = {one.address: one.balance for one in found if one.balance is not None}
    yield _gauges("lane_in_flight", "Transactions in flight.", "signer", {one.address: one.in_flight for one in found})
    yield _gauges("lane_waiting", "Items without a nonce.", "signer", {one.address: one.waiting for one in found})
    held = {one.address: int(one.held is not None) for one in found}
    yield _gauges("lane_held", "1 for a lane that is held.", "signer", held)
    yield _gauges("lane_balance_ustx", "Balance as last heard of.", "signer", balances)


def _parts(measures: Measures) -> Iterator[Metric]:
    took = {(call,): spread for call, spread in measures.node_took.items()}
    yield _histogram("node_call_seconds", "How long calls to the node took.", took, ("call",))
    errors = CounterMetricFamily(f"{PREFIX}node_errors", "Calls that the node didn't clearly answer.", labels=["call"])
    for call, count in measures.node_errors.items():
        errors.add_metric([call], count)
    yield errors
    yield GaugeMetricFamily(f"{PREFIX}node_reachable", "1 while the node answers.", int(measures.reachable))
    yield GaugeMetricFamily(f"{PREFIX}paused", "1 while the emergency stop is set.", int(measures.paused))
    yield GaugeMetricFamily(f"{PREFIX}alerts", "Alerts that stand.", len(measures.alerts))
    unseen = "Alerts that stand or are about a batch, and that nobody has acknowledged."
    yield GaugeMetricFamily(f"{PREFIX}alerts_open", unseen, measures.stored.open_alerts)
    yield GaugeMetricFamily(f"{PREFIX}writer_queue", "Writes that wait for their commit.", measures.writing)
    yield _histogram("commit_seconds", "How long commits took.", {(): measures.commits})


def _gauges(name: str, said: str, label: str, values: Mapping[Any, int]) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}{name}", said, labels=[label])
    for value, count in values.items():
        family.add_metric([str(value)], count)
    return family


def _histogram(name: str, said: str, spreads: Mapping[Any, Spread], labels: tuple[str, ...] = ()) -> Metric:
    family = HistogramMetricFamily(f"{PREFIX}{name}", said, labels=labels)
    for values, spread in spreads.items():
        family.add_metric(values, list(_buckets(spread)), spread.total)
    return family


def _buckets(spread: Spread) -> Iterator[tuple[str, float]]:
    """Yield what Prometheus calls buckets: how many took at most so long."""
    so_far = 0
    for bound, count in zip((*spread.bounds, None), spread.counts, strict=True):
        so_far += count
        yield "+Inf" if bound is None else str(bound), so_far
