SELECT ops.note_feature_failure(%(symbol)s, %(at)s, %(error)s);
