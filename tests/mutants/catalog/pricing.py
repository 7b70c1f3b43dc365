"""IV and Greeks."""

from tests.mutants.mutant import of

MUTANTS = [
    *of(
        "tests/jobs/pricing/test_pricing.py",
        "jobs/pricing/pricing.py",
        (
            "takes &= (own.status != IvStatus.FEED) & (refused == 0)",
            "takes &= refused == 0",
        ),
        (
            "takes &= (own.status != IvStatus.FEED) & (refused == 0)",
            "takes &= own.status != IvStatus.FEED",
        ),
        ("missing = np.isnan(iv)", "missing = np.ones(len(rows), bool)"),
        ("carried = missing & (mid > 0)", "carried = (mid > 0)"),
        ("np.where(is_fed, own, figure)", "figure"),
        ("fed[is_fed] |= FED[name]", "fed[is_fed] = FED[name]"),
        ("        missing &= ~carried\n", ""),
        ("~(time_value > spread)", "(time_value < spread)"),
        ("(bid > 0) & (ask > 0)", "ask > 0"),
        ("two_sided & (ask < bid)", "two_sided & (ask <= bid)"),
        ("np.fmax(mid, WIDEST_TICKS * tick)", "mid"),
        ("np.fmax(mid, WIDEST_TICKS * tick)", "WIDEST_TICKS * tick"),
    ),
    *of(
        "tests/jobs/pricing/test_pricing.py",
        "jobs/pricing/pricer.py",
        ("<= solved.quote_time", "< solved.quote_time"),
        ('symbols[first["symbol"]],', '"",'),
        ("prices[first], {})", "prices[first], {(9_000, 24_800.0): (0.9, 0.9)})"),
        (
            "newest = dict(sorted(self.solved))",
            "newest = dict(sorted(self.solved)[:1])",
        ),
        ('int(first["quote_time"]) // self.second_us', "0"),
    ),
]
