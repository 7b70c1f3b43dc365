COPY pg_temp.listed_contract FROM STDIN; -- noqa: PRS
