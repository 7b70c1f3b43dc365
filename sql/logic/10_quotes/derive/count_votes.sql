-- Count, up to 64, the stored quotes that stand against the falls of pg_temp.batch_fall.
--
-- Only for what comes after all that is stored of its session: most often nothing is outvoted, and
-- nothing more has to be read.
CREATE FUNCTION ops.count_votes() RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    v_from timestamptz;
    v_to timestamptz;
BEGIN
    SELECT min(fall.session) - 1, max(fall.session) + 2 INTO v_from, v_to
    FROM pg_temp.batch_fall AS fall;
    UPDATE pg_temp.batch_fall AS fall
    SET votes = counted.votes
    FROM (
        SELECT each.contract, each.session, each.leg, recent.votes
        FROM pg_temp.batch_fall AS each
        INNER JOIN pg_temp.batch_contract AS listed
            ON each.contract = listed.contract AND each.session = listed.session
        CROSS JOIN
            LATERAL (
                SELECT
                    count(*) FILTER (
                        WHERE newest.volume > each.highest AND NOT newest.is_doubted
                    ) AS votes
                FROM (
                    SELECT
                        CASE each.leg
                            WHEN 'call' THEN stored.call_volume
                            ELSE stored.put_volume
                        END AS volume,
                        CASE each.leg
                            WHEN 'call' THEN stored.call_dropout OR stored.call_volume_doubted
                            ELSE stored.put_dropout OR stored.put_volume_doubted
                        END AS is_doubted
                    FROM fo.option_quote AS stored
                    WHERE
                        stored.symbol = listed.symbol
                        AND stored.expiry = listed.expiry
                        AND stored.strike = listed.strike
                        AND stored.session = each.session
                        AND stored.quote_time >= v_from
                        AND stored.quote_time < v_to
                        AND stored.in_session
                    ORDER BY stored.quote_time DESC
                    LIMIT 64
                ) AS newest
            ) AS recent
        WHERE
            each.run_after IS NULL
            AND each.most > 1
            -- Such a run may come before all that is stored, which has no vote then.
            AND (each.contract, each.session) NOT IN (
                SELECT late.contract, late.session
                FROM pg_temp.batch_series AS late
                WHERE late.in_run
            )
            AND (each.contract, each.session) NOT IN (
                SELECT wide.contract, wide.session
                FROM pg_temp.batch_session AS wide
            )
    ) AS counted
    WHERE
        fall.contract = counted.contract
        AND fall.session = counted.session
        AND fall.leg = counted.leg
        AND fall.run_after IS NULL;
END;
$$;
