-- Daily bars of the underlying, from the 1-hour bars: a day is a session.

/*coarser underlying_bars_5min: 1 day,
from underlying_bars_1h, as underlying_bars_1d*/
