-- Delist the contracts of listed symbols that pg_temp.listed_contract no longer has, as of p_at.
--
-- Not those that had expired by then, nor those quoted since. Returns how many. Minutes of
-- fo.expiry_metrics since then are noted as stale, and readers of live chains are told.
CREATE FUNCTION ops.delist_unlisted(p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_gone record;
    v_delisted bigint := 0;
BEGIN
    FOR v_gone IN
        WITH gone AS (
            UPDATE fo.contract AS contract
            SET delisted_at = p_at
            FROM fo.instrument AS instrument
            INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
            WHERE
                instrument.symbol = contract.symbol
                AND instrument.symbol IN (
                    SELECT listed.symbol FROM pg_temp.listed_contract AS listed
                )
                AND contract.delisted_at IS NULL
                AND contract.expiry >= (p_at AT TIME ZONE exchange.time_zone)::date
                AND coalesce(contract.live_time <= p_at, TRUE)
                AND (contract.symbol, contract.expiry, contract.strike) NOT IN (
                    SELECT listed.symbol, listed.expiry, listed.strike
                    FROM pg_temp.listed_contract AS listed
                )
            RETURNING contract.symbol, contract.expiry, contract.strike, instrument.listed_since,
            contract.live_time
        )

        SELECT
            gone.symbol, count(*) AS contracts,
            array_agg(gone.expiry) FILTER (
                WHERE coalesce(gone.live_time >= gone.listed_since, TRUE)
            ) AS expiries,
            array_agg(gone.strike) FILTER (
                WHERE coalesce(gone.live_time >= gone.listed_since, TRUE)
            ) AS strikes
        FROM gone
        GROUP BY gone.symbol
        ORDER BY gone.symbol
    LOOP
        v_delisted := v_delisted + v_gone.contracts;
        INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
        SELECT DISTINCT
            'expiry_metrics', moment.symbol, fo.bucket_start('1 minute', moment.quote_time)
        FROM fo.underlying_quote AS moment
        WHERE
            moment.symbol = v_gone.symbol
            AND moment.quote_time >= p_at
            AND moment.in_session;
        PERFORM ops.announce_delisted(v_gone.symbol, v_gone.expiries, v_gone.strikes);
    END LOOP;
    RETURN v_delisted;
END;
$$;
