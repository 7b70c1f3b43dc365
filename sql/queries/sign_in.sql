SELECT ops.open_session(%(id_hash)s, %(key_name)s, %(key_digest)s);
