-- 1-hour bars of the underlying, from the 15-minute bars.

/*coarser underlying_bars_5min: 1 hour,
from underlying_bars_15min, as underlying_bars_1h*/
