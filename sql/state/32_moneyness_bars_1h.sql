-- 1-hour bars per moneyness level, from the 15-minute bars.

/*coarser moneyness_bars_15min: 1 hour,
from moneyness_bars_15min, as moneyness_bars_1h*/
