COPY pg_temp.quote_batch FROM STDIN WITH (FORMAT binary);
