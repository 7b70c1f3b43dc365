-- The figures of each expiry's chain at the end of each session.

/*coarser expiry_metrics_5min: 1 day,
from expiry_metrics_1h, as expiry_metrics_1d*/
