COPY pg_temp.quote_batch FROM STDIN (FORMAT binary); -- noqa: PRS
