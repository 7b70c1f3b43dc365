SELECT ops.forget_contracts(%(symbol)s, %(expiry)s, %(from)s, %(to)s) AS forgotten;
