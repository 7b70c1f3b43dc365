SELECT ops.cancel_task(%(id)s) AS state;
