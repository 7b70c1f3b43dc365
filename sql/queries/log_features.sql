SELECT ops.log_features(%(symbol)s, %(at)s, %(origin)s) AS id;
