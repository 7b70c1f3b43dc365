SELECT ops.forget_expiry(%(symbol)s, %(old)s, %(new)s) AS forgotten;
