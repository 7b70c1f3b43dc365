"""The streams that are read: at most so many, and one feed for all who want the same."""

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import islice
from weakref import WeakValueDictionary

from pgstrike.api.access.keys import Key
from pgstrike.api.chains.loader import MarketReader
from pgstrike.api.chains.market import Market
from pgstrike.api.errors import ApiError
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.streams.allowance import Allowance
from pgstrike.api.streams.broadcast import Feed
from pgstrike.api.streams.fanout import Fanout
from pgstrike.api.streams.panel import PanelFeed
from pgstrike.api.streams.raw import RawFeed
from pgstrike.api.streams.subscription import Panel, Raw, Subscription
from pgstrike.api.streams.throttle import Haste, Pace
from pgstrike.api.streams.unsent import Held

QUEUE_BYTES = 1_000_000
LOOKED = 64  # keys of a feed that are compared


class Streams:
    """Makes feeds for subscriptions, and forgets those that nobody reads."""

    def __init__(
        self,
        hub: Hub,
        reader: MarketReader,
        fanout: Fanout,
        *,
        queue_events: int,
        most: int,
        key_subscriptions: int,
    ) -> None:
        self.hub = hub
        self.reader = reader
        self.fanout = fanout
        self.bounds = Bounds(queue_events, QUEUE_BYTES)
        self.most = most
        self.key_subscriptions = key_subscriptions
        self.haste = Haste(Allowance(), Pace(0))
        self.columns = reader.columns
        self.held = Held()
        self.count = self.gone = 0
        self.of_key: Counter[str] = Counter()
        self.is_draining = False
        self.feeds: dict[Subscription, Feed] = {}
        self._feeds_of: dict[str, set[Feed]] = defaultdict(set)  # by key
        self._paces: WeakValueDictionary[int, Pace] = WeakValueDictionary()

    def enter(self, key: Key) -> None:
        """Count a stream in, if there is room for it."""
        if self.count >= self.most:
            raise full(f"There are {self.most} streams", "or to another server")
        if key.streams is not None and self.of_key[key.name] >= key.streams:
            raise full(f"The key has {key.streams} streams", "or end one of them")
        self.count += 1
        self.of_key[key.name] += 1

    def leave(self, key: Key) -> None:
        self.count -= 1
        self.gone += 1
        self.of_key[key.name] -= 1

    def end(self, in_force: Callable[[Key], bool]) -> None:
        """End the streams of other keys, once their pending frames are sent."""
        for feed in self.feeds.values():
            for reader in feed.readers:
                if not in_force(reader.holder):
                    reader.close()

    async def feed(self, subscription: Subscription, key: Key) -> Feed:
        """The feed of a subscription, to be released."""
        if isinstance(subscription, Panel):
            market = await self.reader.market(
                subscription.timeframe, subscription.symbols
            )
            self._refuse_more(subscription, key)
            feed = self.feeds.get(subscription) or self._add_panel(subscription, market)
        else:
            self._refuse_more(subscription, key)
            feed = self.feeds.get(subscription) or self._add_raw(subscription)
        self._join(feed, key)
        return feed

    def _refuse_more(self, subscription: Subscription, key: Key) -> None:
        """Each different subscription costs work of its own, however many read it."""
        has = self._feeds_of.get(key.name, ())
        if (
            not key.is_admin
            and len(has) >= self.key_subscriptions
            and self.feeds.get(subscription) not in has
        ):
            raise full(
                f"The key has {len(has)} different subscriptions",
                "or ask for one of them",
            )

    def _join(self, feed: Feed, key: Key) -> None:
        feed.keys[key.name] += 1
        own = self._feeds_of[key.name]
        is_new = feed not in own
        own.add(feed)
        if not feed.payer or len(own) < len(self._feeds_of[feed.payer]):
            feed.payer = key.name
        if is_new and len(own).bit_count() == 1:  # now and then, as they become more
            for each in own:
                each.payer = self._lightest(each)

    def _lightest(self, feed: Feed) -> str:
        """The key with the fewest feeds: a feed is not slowed by what else one key reads."""
        looked = islice(feed.keys, LOOKED)
        return min(looked, key=lambda name: len(self._feeds_of[name]))

    def release(self, feed: Feed, key: Key) -> None:
        feed.keys[key.name] -= 1
        if feed.keys[key.name]:
            return
        del feed.keys[key.name]
        own = self._feeds_of[key.name]
        own.discard(feed)
        if not own:
            del self._feeds_of[key.name]
        if not feed.keys:
            del self.feeds[feed.subscription]
            self.fanout.remove(feed)
            feed.close()
        elif feed.payer == key.name:
            feed.payer = self._lightest(feed)

    def drain(self) -> None:
        """End all streams, once their pending frames are sent."""
        self.is_draining = True
        for feed in self.feeds.values():
            feed.flush()
            for reader in feed.readers:
                reader.close()

    def _add_raw(self, raw: Raw) -> Feed:
        return self._add(RawFeed(raw, self.hub, self.bounds, self.fanout.stir))

    def _add_panel(self, panel: Panel, market: Market) -> Feed:
        feed = PanelFeed(
            panel,
            market,
            self._pace(panel.interval_ms),
            self.haste,
            self.bounds,
            self.fanout.stir,
        )
        feed.preload(self.hub.ring, self.hub.oldest)
        return self._add(feed)

    def _add(self, feed: Feed) -> Feed:
        self.feeds[feed.subscription] = feed
        self.fanout.add(feed)
        return feed

    def _pace(self, interval_ms: int) -> Pace | None:
        """The one pace of an interval; none, if each event is to be sent."""
        if interval_ms == 0:
            return None
        pace = self._paces.get(interval_ms)
        if pace is None:
            pace = self._paces[interval_ms] = Pace(interval_ms / 1000)
        return pace


def full(finding: str, instead: str) -> ApiError:
    return ApiError(
        503,
        "too_many_streams",
        f"{finding}; send the same again in a few seconds, {instead}.",
        {"Retry-After": "5"},
    )
