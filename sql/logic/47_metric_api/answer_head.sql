-- What an answer says of itself, whatever its rows, as members of a JSON object.
--
-- They are the newest event that the rows include, the version of the snapshot, the market clock,
-- the instant that the rows are of, which live feed they are of, and how fresh it is; NULL of a
-- symbol that the reader may not read. mark changes with all of these; it is NULL where the answer
-- is about the past, which they do not change.
CREATE FUNCTION ops.answer_head(
    p_metric text, p_words jsonb, OUT mark text, OUT event_id bigint, OUT members text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_symbol text := p_words -> 'symbol' ->> 0;
    v_words text[] := ARRAY(
        SELECT known.parameter FROM ops.metric_parameters_of(p_metric) AS known
    );
    v_end text := CASE WHEN 'to' = ANY(v_words) THEN 'to' ELSE 'at' END;
    v_at timestamptz := CASE
        WHEN v_end = ANY(v_words)
            THEN coalesce(
                p_words -> v_end ->> 0, split_part(p_words -> 'cursor' ->> 0, '@', 2)
            )::timestamptz
    END;
    v_version bigint;
    v_shown bigint;
    v_changed bigint;
    v_clock timestamptz;
    v_stale_since timestamptz;
    v_committed_at timestamptz;
    v_recent timestamptz[];
BEGIN
    -- No join: this is asked for every answer.
    SELECT shown.version, shown.event_id INTO v_version, v_shown
    FROM fo.snapshot_version AS shown;
    SELECT counter.last_id, counter.change_id INTO event_id, v_changed
    FROM job.event_counter AS counter;
    -- What came since the snapshot, such as its own event, may change nothing in it.
    IF v_changed > v_shown
        AND (p_metric = 'strike_distribution' OR ('at' = ANY(v_words) AND v_at IS NULL)) THEN
        event_id := v_shown;
    END IF;
    IF ops.symbols_asked(v_symbol, '{chain,metrics}') = ARRAY[v_symbol] THEN
        SELECT instrument.clock, instrument.stale_since INTO v_clock, v_stale_since
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = v_symbol;
        SELECT newest.committed_at, newest.recent INTO v_committed_at, v_recent
        FROM fo.market_commit AS newest
        WHERE newest.symbol = v_symbol;
    END IF;
    IF coalesce(v_at >= v_clock, TRUE) THEN
        mark := concat_ws(
            '-', ops.epoch(), v_version, event_id, extract(EPOCH FROM v_clock),
            extract(EPOCH FROM v_stale_since)
        );
    END IF;
    members := concat(
        '"event":"', ops.epoch(), ':', event_id,
        '","version":', v_version,
        ',"clock":', coalesce(to_json(v_clock), 'null'),
        ',"as_of":', coalesce(
            to_json(
                CASE
                    WHEN v_end = 'to' THEN least(v_at, v_clock)
                    WHEN v_clock IS NOT NULL THEN coalesce(v_at, v_clock)
                END
            ),
            'null'
        ),
        ',"stale_since":', coalesce(to_json(v_stale_since), 'null'),
        ',"quote_source":', coalesce(
            to_json(CASE WHEN v_clock IS NOT NULL THEN ops.source_at(v_symbol, v_at) END), 'null'
        ),
        ',"committed_at":', coalesce(to_json(v_committed_at), 'null'),
        ',"wall_pace_seconds":',
        coalesce(to_json(extract(EPOCH FROM ops.usual_gap(v_recent))::double precision), 'null'),
        ',"market_pace_seconds":',
        coalesce(
            to_json(
                CASE
                    WHEN v_clock IS NOT NULL
                        THEN extract(
                            EPOCH FROM ops.usual_gap(ops.newest_moments(v_symbol))
                        )::double precision
                END
            ),
            'null'
        )
    );
END;
$$;
