"""The figures of a scrape as Prometheus reads them.

Imported at the first scrape, because the library is slow to load.

No label has a value that a client can choose.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from pgstrike.api.http.measured import Figure, Measured
from pgstrike.api.http.request_counts import RequestCounts
from pgstrike.db.health import Check
from pgstrike.db.timing import BOUNDS, Durations, Statements

STATES = ("ok", "warn", "bad")


def page(measured: Measured, accept: str) -> tuple[bytes, str]:
    """The text, and its content type."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Families(measured))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class Families(Collector):
    """The families of one answer."""

    def __init__(self, measured: Measured) -> None:
        self.measured = measured

    def collect(self) -> Iterator[Metric]:
        measured = self.measured
        yield from of_requests(measured.requests)
        yield from of_statements(measured.statements)
        yield counter("events", "Events taken from the log.", "topic", measured.events)
        yield counter(
            "answers", "Answers by what became of them.", "outcome", measured.answers
        )
        yield counter("resets", "Readers were reset.", "reason", measured.resets)
        yield histogram(
            "event_delay_seconds",
            "From an event's insert to when this process had it; one event per poll.",
            None,
            {"": measured.event_delay},
        )
        yield histogram(
            "delivery_seconds",
            "From a change of a stream until each of its readers was served.",
            None,
            {"": measured.delivery},
        )
        for name, (about, value) in measured.gauges.items():
            yield GaugeMetricFamily(f"pgstrike_{name}", about, value=value)
        yield from of_checks(measured.checks)
        yield from of_figures(measured.figures)


def of_requests(requests: RequestCounts) -> Iterator[Metric]:
    family = CounterMetricFamily(
        "pgstrike_requests", "Requests.", labels=["method", "route", "status"]
    )
    for (method, route, status), count in requests.answered.items():
        family.add_metric([method, route, str(status)], count)
    yield family
    yield histogram(
        "request_seconds",
        "From a request until its answer began.",
        "route",
        requests.durations,
    )


def of_statements(statements: Statements) -> Iterator[Metric]:
    yield histogram("query_seconds", "Statements.", "statement", statements.durations)
    yield counter(
        "query_failures", "Statements that failed.", "statement", statements.failures
    )


def of_checks(checks: Iterable[Check]) -> Iterator[Metric]:
    state = GaugeMetricFamily(
        "pgstrike_health", "A check: 0 ok, 1 warn, 2 bad.", labels=["check"]
    )
    value = GaugeMetricFamily(
        "pgstrike_health_value", "The figure of a check.", labels=["check"]
    )
    for check in checks:
        state.add_metric([check.name], STATES.index(check.state))
        if check.value is not None:
            value.add_metric([check.name], check.value)
    yield from (state, value)


def of_figures(figures: Iterable[Figure]) -> Iterator[Metric]:
    """Those that SQL counts; rows of one name are one family."""
    by_name: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        by_name[figure.name].append(figure)
    for name, rows in by_name.items():
        first = rows[0]
        kind = CounterMetricFamily if first.kind == "counter" else GaugeMetricFamily
        labels = [] if first.label is None else [first.label]
        family = kind(f"pgstrike_{name}", first.about, labels=labels)
        for row in rows:
            values = [] if row.label_value is None else [row.label_value]
            family.add_metric(values, row.value)
        yield family


def counter(
    name: str, about: str, label: str, counts: Mapping[str, int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"pgstrike_{name}", about, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def histogram(
    name: str, about: str, label: str | None, durations: Mapping[str, Durations]
) -> HistogramMetricFamily:
    labels = [] if label is None else [label]
    family = HistogramMetricFamily(f"pgstrike_{name}", about, labels=labels)
    bounds = [*(str(float(bound)) for bound in BOUNDS), "+Inf"]
    for value, each in durations.items():
        buckets = list(zip(bounds, map(float, accumulate(each.counts)), strict=True))
        family.add_metric([value][: len(labels)], buckets, each.total)
    return family
