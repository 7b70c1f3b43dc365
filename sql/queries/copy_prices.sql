COPY pg_temp.batch_price FROM STDIN (FORMAT binary); -- noqa: PRS
