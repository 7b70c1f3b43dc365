SELECT ops.renew_session(%(id_hash)s);
