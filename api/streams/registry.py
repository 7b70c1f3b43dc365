"""The streams that are read: at most so many, and one broadcast for all who want the same."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from functools import partial
from itertools import islice
from weakref import WeakValueDictionary

from pgstrike.api.access.keys import Key
from pgstrike.api.chains.loader import MarketLoader
from pgstrike.api.chains.market import Market
from pgstrike.api.errors import ApiError
from pgstrike.api.events.hub import Bounds, Hub
from pgstrike.api.streams.allowance import Allowance
from pgstrike.api.streams.broadcast import Broadcast
from pgstrike.api.streams.bundle import Bundle, BundleBroadcast, Reading
from pgstrike.api.streams.fanout import Fanout
from pgstrike.api.streams.panel import PanelBroadcast
from pgstrike.api.streams.raw import RawBroadcast
from pgstrike.api.streams.subscription import Panel, Raw, Subscription
from pgstrike.api.streams.throttle import Haste, Throttle
from pgstrike.api.streams.unsent import Unsent

QUEUE_BYTES = 1_000_000
LOOKED = 64  # keys of a broadcast that are compared


class StreamRegistry:
    """Makes broadcasts for subscriptions, and forgets those that nobody reads."""

    def __init__(
        self,
        hub: Hub,
        loader: MarketLoader,
        fanout: Fanout,
        *,
        queue_events: int,
        most: int,
        key_subscriptions: int,
        raw: type[RawBroadcast] = RawBroadcast,
    ) -> None:
        self.hub = hub
        self.loader = loader
        self.fanout = fanout
        self.bounds = Bounds(queue_events, QUEUE_BYTES)
        self.most = most
        self.key_subscriptions = key_subscriptions
        self.haste = Haste(Allowance(), Throttle(0))
        self.columns = loader.columns
        self._raw = raw
        self.held = Unsent()
        self.count = self.gone = 0
        self.of_key: Counter[str] = Counter()
        self.is_draining = False
        self.broadcasts: dict[Hashable, Broadcast] = {}
        self._broadcasts_of: dict[str, set[Broadcast]] = defaultdict(set)  # by key
        self._paces: WeakValueDictionary[int, Throttle] = WeakValueDictionary()

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
        for broadcast in self.broadcasts.values():
            for reader in broadcast.readers:
                if not in_force(reader.holder):
                    reader.close()

    async def broadcast(
        self,
        subscription: Subscription | Bundle,
        key: Key,
        reading: Reading | None = None,
    ) -> Broadcast:
        """The broadcast of a subscription, to be released; a bundle comes with its reading."""
        make: Callable[[], Broadcast]
        if isinstance(subscription, Panel):
            make = await self._panel_maker(subscription)
        elif isinstance(subscription, Raw):
            make = partial(self._make_raw, subscription)
        else:
            make = partial(self._make_bundle, subscription, reading)
        self._refuse_more(subscription, key)
        broadcast = self.broadcasts.get(subscription) or self._add(make())
        self._join(broadcast, key)
        return broadcast

    def _refuse_more(self, subscription: Subscription | Bundle, key: Key) -> None:
        """Each different subscription costs work of its own, however many read it."""
        has = self._broadcasts_of.get(key.name, ())
        if (
            not key.is_admin
            and len(has) >= self.key_subscriptions
            and self.broadcasts.get(subscription) not in has
        ):
            raise full(
                f"The key has {len(has)} different subscriptions",
                "or ask for one of them",
            )

    def _join(self, broadcast: Broadcast, key: Key) -> None:
        broadcast.keys[key.name] += 1
        own = self._broadcasts_of[key.name]
        is_new = broadcast not in own
        own.add(broadcast)
        if not broadcast.payer or len(own) < len(self._broadcasts_of[broadcast.payer]):
            broadcast.payer = key.name
        if is_new and len(own).bit_count() == 1:  # now and then, as they become more
            for each in own:
                each.payer = self._lightest(each)

    def _lightest(self, broadcast: Broadcast) -> str:
        """The key with the fewest broadcasts: what else one key reads slows nobody down."""
        looked = islice(broadcast.keys, LOOKED)
        return min(looked, key=lambda name: len(self._broadcasts_of[name]))

    def release(self, broadcast: Broadcast, key: Key) -> None:
        broadcast.keys[key.name] -= 1
        if broadcast.keys[key.name]:
            return
        del broadcast.keys[key.name]
        own = self._broadcasts_of[key.name]
        own.discard(broadcast)
        if not own:
            del self._broadcasts_of[key.name]
        if not broadcast.keys:
            del self.broadcasts[broadcast.subscription]
            self.fanout.remove(broadcast)
            broadcast.close()
        elif broadcast.payer == key.name:
            broadcast.payer = self._lightest(broadcast)

    def drain(self) -> None:
        """End all streams, once their pending frames are sent."""
        self.is_draining = True
        for broadcast in self.broadcasts.values():
            broadcast.flush()
            for reader in broadcast.readers:
                reader.close()

    def _make_raw(self, raw: Raw) -> Broadcast:
        return self._raw(raw, self.hub, self.bounds, self.fanout.stir)

    def _make_bundle(self, bundle: Bundle, reading: Reading | None) -> Broadcast:
        assert reading is not None
        pace = self._pace(bundle.interval_ms) or self.haste.pace
        return BundleBroadcast(bundle, self.hub, pace, reading, self.fanout.stir)

    async def _panel_maker(self, panel: Panel) -> Callable[[], Broadcast]:
        market = await self.loader.market(panel.market, panel.symbols)
        return partial(self._make_panel, panel, market)

    def _make_panel(self, panel: Panel, market: Market) -> Broadcast:
        broadcast = PanelBroadcast(
            panel,
            market,
            self._pace(panel.interval_ms),
            self.haste,
            self.bounds,
            self.fanout.stir,
        )
        broadcast.preload(self.hub.ring, self.hub.oldest)
        return broadcast

    def _add(self, broadcast: Broadcast) -> Broadcast:
        self.broadcasts[broadcast.subscription] = broadcast
        self.fanout.add(broadcast)
        return broadcast

    def _pace(self, interval_ms: int) -> Throttle | None:
        """The one pace of an interval; none, if each event is to be sent."""
        if interval_ms == 0:
            return None
        pace = self._paces.get(interval_ms)
        if pace is None:
            pace = self._paces[interval_ms] = Throttle(interval_ms / 1000)
        return pace


def full(finding: str, instead: str) -> ApiError:
    return ApiError(
        503,
        "too_many_streams",
        f"{finding}; send the same again in a few seconds, {instead}.",
        {"Retry-After": "5"},
    )
