-- Note at the last quote of each session how many volumes have fallen since one was believed.
CREATE FUNCTION ops.count_falls() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE pg_temp.batch_quote AS quote
    SET
        call_falls = coalesce(newest.call_falls, quote.call_falls),
        put_falls = coalesce(newest.put_falls, quote.put_falls)
    FROM (
        SELECT
            last.contract, last.session,
            max(last.falls) FILTER (WHERE last.leg = 'call') AS call_falls,
            max(last.falls) FILTER (WHERE last.leg = 'put') AS put_falls
        FROM (
            SELECT DISTINCT ON (verdict.contract, verdict.session, verdict.leg)
                verdict.contract, verdict.session, verdict.leg, verdict.falls
            FROM pg_temp.batch_verdict AS verdict
            ORDER BY
                verdict.contract ASC, verdict.session ASC, verdict.leg ASC,
                verdict.quote_time DESC
        ) AS last
        GROUP BY last.contract, last.session
    ) AS newest
    WHERE
        quote.is_last
        AND quote.contract = newest.contract
        AND quote.session = newest.session;
END;
$$;
