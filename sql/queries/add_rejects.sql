SELECT ops.add_rejects(%s, %s, %s::text[], %s::text[], %s::text[], %s::text[]);
