-- Take an expiry's contracts out, as one that the exchange has re-dated; their quotes stay yet.
--
-- For jobs/ingest/redate.py, which then moves the quotes day by day. Terms go over to the new date
-- where it has none since then. What the contracts' quotes are in is noted as stale, and readers of
-- live chains are told that the expiry is gone.
CREATE FUNCTION ops.forget_expiry(p_symbol text, p_old date, p_new date) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_expiries date[];
    v_strikes double precision[];
BEGIN
    INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
    SELECT DISTINCT rollup.rollup, p_symbol, fo.bucket_start(rollup.width, moment.quote_time)
    FROM fo.underlying_quote AS moment
    CROSS JOIN job.rollup AS rollup
    WHERE
        moment.symbol = p_symbol
        AND moment.in_session
        AND moment.quote_time >= (
            SELECT min(quote.quote_time)
            FROM fo.option_quote AS quote
            WHERE quote.symbol = p_symbol AND quote.expiry = p_old
        )
        AND moment.quote_time < p_old + 1
        AND (
            rollup.rollup = 'expiry_metrics'
            OR rollup.source = 'option_quote' AND EXISTS (
                SELECT
                FROM fo.option_quote AS quote
                WHERE
                    quote.symbol = p_symbol
                    AND quote.quote_time = moment.quote_time
                    AND quote.expiry = p_old
            )
        );
    INSERT INTO fo.contract_terms AS terms (
        symbol, expiry, since, lot, unit, tick, currency, source
    )
    SELECT
        old.symbol, p_new, old.since, old.lot, old.unit, old.tick, old.currency, old.source
    FROM fo.contract_terms AS old
    WHERE old.symbol = p_symbol AND old.expiry = p_old
    ON CONFLICT (symbol, expiry, since) DO NOTHING;
    DELETE FROM fo.contract_terms AS terms
    WHERE terms.symbol = p_symbol AND terms.expiry = p_old;
    DELETE FROM fo.expiry AS life
    WHERE life.symbol = p_symbol AND life.expiry = p_old;
    WITH gone AS (
        DELETE FROM fo.contract AS contract
        WHERE contract.symbol = p_symbol AND contract.expiry = p_old
        RETURNING contract.expiry, contract.strike, contract.live_time
    )

    SELECT array_agg(gone.expiry), array_agg(gone.strike)
    INTO v_expiries, v_strikes
    FROM gone
    WHERE gone.live_time IS NOT NULL;
    PERFORM ops.announce_delisted(p_symbol, v_expiries, v_strikes);
END;
$$;
