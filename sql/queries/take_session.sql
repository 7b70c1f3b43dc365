SELECT ops.take_session(%s, %s, %s, %s::timestamptz[], %s::timestamptz[]) AS taken;
