-- The figures of each expiry's chain every 15 minutes.

/*coarser expiry_metrics_5min: 15 minutes,
from expiry_metrics_5min, as expiry_metrics_15min*/
