-- Refresh a time of an aggregate whole, also where nothing changed.
CALL public.refresh_continuous_aggregate(
    'fo.' || %s, %s::timestamptz, %s::timestamptz, force => TRUE
);
