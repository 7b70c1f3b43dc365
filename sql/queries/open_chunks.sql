SELECT ops.open_chunks(%(symbol)s, %(from)s, %(to)s);
