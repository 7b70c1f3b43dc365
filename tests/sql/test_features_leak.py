"""analytics.features looks at nothing that came later."""

from datetime import timedelta

import numpy as np

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.feature_chains import (
    chain,
    features,
    instants,
    session,
)
from tests.support.oracle_features import read_market, unlike
from tests.support.quote_market import (
    FRIDAY,
    LATER,
    MONDAY,
    Quote,
    add,
    ist,
)
from tests.support.seeds import seeds


@seeds(6)
def test_nothing_later_enters(store: Store, seed: int) -> None:
    """What was answered at each instant is answered for good, whatever came afterwards.

    The future comes in order, or shuffled.
    """
    random = np.random.default_rng(seed)
    snapshots, answered = session(random), {}
    now = len(snapshots) - int(random.integers(4, 8))
    for snapshot in snapshots[:now]:
        add(store, *snapshot)
        row = features(store)
        answered[row["at"]] = row
    assert len(answered) == now
    for place in random.permutation(range(now, len(snapshots))).tolist():
        add(store, *snapshots[place])
        assert {at: features(store, at) for at in answered} == answered
    refresh_all(store.connection)
    assert {at: features(store, at) for at in answered} == answered


@seeds(6)
def test_late_quotes_change_nothing_before_them(store: Store, seed: int) -> None:
    random = np.random.default_rng(seed)
    snapshots = session(random)
    late = sorted(random.choice(range(1, len(snapshots)), 3, replace=False).tolist())
    for place, snapshot in enumerate(snapshots):
        if place not in late:
            add(store, *snapshot)
    for place in random.permutation(late).tolist():
        began = ist(snapshots[place][0].time, snapshots[place][0].day)
        answered = {at: features(store, at) for at in instants(store) if at < began}
        add(store, *snapshots[place])
        assert {at: features(store, at) for at in answered} == answered
    # And those after them are as if it had come in time.
    market = read_market(store.connection)
    assert len(market.underlyings) == len(snapshots)
    assert [
        said
        for at in market.underlyings.index
        for said in unlike(market, features(store, at), at)
    ] == []


def test_next_expiry_was_quoted_within_30_days(store: Store) -> None:
    """Or it is none, whether it is quoted again or not."""
    add(store, *chain("10:00:00", day=FRIDAY - timedelta(days=35), expiry=LATER))
    add(store, *chain("10:00:00"))
    answered = features(store)
    assert answered["next_atm_iv"] is None
    add(store, *chain("10:00:00", day=MONDAY, expiry=LATER))
    assert features(store, ist("10:00:00")) == answered


def test_only_a_volume_taken_back_changes_the_past(store: Store) -> None:
    """The volumes of a spike were never traded, as the lower ones after them show."""

    def traded(time: str, volume: int) -> list[Quote]:
        leg = {"ltp": 100.0, "oi": 7500, "iv": 0.11}
        return [
            Quote(
                time,
                strike,
                {**leg, "volume": 750},
                {**leg, "volume": volume},
                24_610.0,
            )
            for strike in (24_550, 24_600, 24_650)
        ]

    for time, volume in (("10:00:00", 1_500), ("10:01:00", 75_000)):
        add(store, *traded(time, volume))
    spike = features(store)
    assert spike["pcr_volume"] == 100
    for minute in range(2, 5):
        add(store, *traded(f"10:0{minute}:00", 1_500))
    corrected = features(store, spike["at"])
    assert corrected["pcr_volume"] == 2
    assert corrected == {**spike, "pcr_volume": 2}
