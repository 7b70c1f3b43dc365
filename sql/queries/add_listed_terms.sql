SELECT ops.add_listed_terms(%s, %s) AS terms;
