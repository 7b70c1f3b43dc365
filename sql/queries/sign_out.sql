SELECT ops.end_session(%(id_hash)s);
