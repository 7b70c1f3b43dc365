SELECT ops.retire_model(%(name)s) AS version;
