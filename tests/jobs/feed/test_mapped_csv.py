"""What the name of a download of NSE's page says."""

import pytest

from pgstrike.jobs.feed.facts import Facts
from pgstrike.jobs.feed.mapped_csv import page_facts
from pgstrike.jobs.feed.times import calendar_day


@pytest.mark.parametrize(
    "kind", ["ED", "equity-derivatives"], ids=["as it is", "of before"]
)
@pytest.mark.parametrize("symbol", ["NIFTY", "BAJAJ-AUTO", "M&M"])
def test_name_says_symbol_and_expiry(kind: str, symbol: str) -> None:
    name = f"/downloads/option-chain-{kind}-{symbol}-28-Apr-2022.csv"
    facts = page_facts(name, Facts(read_at=0))
    assert facts.symbol == symbol
    assert calendar_day(facts.expiry or 0).isoformat() == "2022-04-28"
