SELECT ops.rename_ends(%(old)s, %(new)s) AS renamed;
