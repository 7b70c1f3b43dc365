-- Set what a symbol's volume and OI are, and list its stored sessions to be judged again.
--
-- NULL leaves a kind as it is. No row for an unknown symbol.
WITH old AS (
    SELECT
        instrument.symbol,
        coalesce(%(volume)s, instrument.volume_kind) AS volume_kind,
        coalesce(%(oi)s, instrument.oi_kind) AS oi_kind,
        instrument.volume_kind AS old_volume_kind,
        instrument.oi_kind AS old_oi_kind
    FROM fo.instrument AS instrument
    WHERE instrument.symbol = %(symbol)s
    FOR NO KEY UPDATE
),

changed AS (
    UPDATE fo.instrument AS instrument
    SET
        volume_kind = old.volume_kind,
        oi_kind = old.oi_kind
    FROM old
    WHERE
        instrument.symbol = old.symbol
        AND (old.volume_kind, old.oi_kind) <> (old.old_volume_kind, old.old_oi_kind)
    RETURNING instrument.symbol
),

judged AS (
    INSERT INTO job.stale_session (symbol, session)
    SELECT DISTINCT
        changed.symbol,
        moment.session
    FROM changed
    INNER JOIN fo.underlying_quote AS moment ON changed.symbol = moment.symbol
    WHERE moment.session IS NOT NULL
    ON CONFLICT DO NOTHING
)

SELECT
    old.volume_kind,
    old.oi_kind
FROM old;
