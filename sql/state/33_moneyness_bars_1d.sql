-- Daily bars per moneyness level, from the 1-hour bars: a day is a session.

/*coarser moneyness_bars_15min: 1 day,
from moneyness_bars_1h, as moneyness_bars_1d*/
