SELECT ops.note_failure(%(job)s, %(code)s, %(error)s);
