-- 15-minute bars of both premiums, per strike, from the 5-minute bars.

/*coarser option_strike_bars_5min: 15 minutes,
from option_strike_bars_5min, as option_strike_bars_15min*/
