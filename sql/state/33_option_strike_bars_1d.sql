-- Daily bars of both premiums, per strike, from the 1-hour bars: a day is a session.

/*coarser option_strike_bars_5min: 1 day,
from option_strike_bars_1h, as option_strike_bars_1d*/
