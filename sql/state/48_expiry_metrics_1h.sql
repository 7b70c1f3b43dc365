-- The figures of each expiry's chain every hour.

/*coarser expiry_metrics_5min: 1 hour,
from expiry_metrics_15min, as expiry_metrics_1h*/
