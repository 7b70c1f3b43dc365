SELECT ops.put_back(%s, %s) AS put_back;
