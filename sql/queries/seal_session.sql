SELECT ops.seal_session(%s, %s) AS sealed;
