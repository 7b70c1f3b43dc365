SELECT ops.activate_model(%(name)s, %(version)s) AS version;
