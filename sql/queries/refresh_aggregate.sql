CALL public.refresh_continuous_aggregate('fo.' || %s, %s::timestamptz, %s::timestamptz);
