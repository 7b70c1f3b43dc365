"""The sources of days, by the kind of their feed."""

from collections.abc import Mapping

from tests.support.day_sources.brokers import Deribit, Dhan, Kite, Massive, Upstox
from tests.support.day_sources.lines import Folder, Lines, RedisChannel, RedisStream
from tests.support.day_sources.source import Source

SOURCES: Mapping[str, type[Source]] = {
    each.kind: each
    for each in (
        *(Kite, Upstox, Dhan, Deribit, Massive),
        *(Lines, Folder, RedisStream, RedisChannel),
    )
}
