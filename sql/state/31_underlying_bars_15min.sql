-- 15-minute bars of the underlying, from the 5-minute bars.

/*coarser underlying_bars_5min: 15 minutes,
from underlying_bars_5min, as underlying_bars_15min*/
