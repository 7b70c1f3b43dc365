-- 1-hour bars of both premiums, per strike, from the 15-minute bars.

/*coarser option_strike_bars_5min: 1 hour,
from option_strike_bars_15min, as option_strike_bars_1h*/
