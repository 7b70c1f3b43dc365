SELECT ops.rename_begins(%(old)s, %(new)s) AS quoted_twice;
