SELECT ops.audit_session(%s, %s) AS problem;
