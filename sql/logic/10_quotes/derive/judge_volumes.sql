-- Judge the volumes of one leg in one session: which volume the leg has in each quote (held), and
-- which quotes are drop-outs or doubted.
--
-- Both arrays are in the order of time, of the quotes in session whose volume is known. p_seed is
-- the volume that the session had reached before them (NULL: none), and p_votes how many believed
-- quotes before them contradict any fall.
--
-- A cumulative volume cannot fall. A zero without OI is a drop-out, and holds nothing. Any other
-- fall is doubted, and the leg keeps the volume that it had reached. A run is a sequence of falls,
-- none lower than the one before; drop-outs between them do not count. A run is believed once it
-- has more quotes than there are believed quotes above its first volume, or 20. Then the quotes
-- above it get the volume held before them, and are doubted. Zeros without OI make runs of their
-- own, which are believed only against fewer than 20 quotes. A drop-out that has nothing before it
-- then is a true zero.
CREATE FUNCTION ops.judge_volumes(
    p_volumes bigint[],
    p_ois bigint[],
    p_seed bigint,
    p_votes integer,
    OUT held bigint[],
    OUT dropout boolean[],
    OUT doubted boolean[]
)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    c_votes CONSTANT integer := 20;
    v_reached bigint := p_seed;
    v_value bigint;
    v_kept bigint;
    v_falls integer[] := '{}'; -- the places of falls, and of zeros, since one was believed
    v_zeros integer[] := '{}';
    v_run integer[];
    v_against integer;
    v_place integer;
    v_above integer;
BEGIN
    held := p_volumes;
    dropout := array_fill(FALSE, ARRAY[cardinality(p_volumes)]);
    doubted := dropout;
    FOR v_at IN 1 .. cardinality(p_volumes) LOOP
        v_value := p_volumes[v_at];
        IF v_reached IS NULL OR v_value >= v_reached THEN
            v_reached := v_value;
            v_falls := '{}';
            v_zeros := '{}';
            CONTINUE;
        END IF;
        IF v_value = 0 AND coalesce(p_ois[v_at], 0) <= 0 THEN
            dropout[v_at] := TRUE;
            held[v_at] := NULL;
            v_zeros := v_zeros || v_at;
            v_run := v_zeros;
        ELSE
            doubted[v_at] := TRUE;
            held[v_at] := v_reached;
            v_zeros := '{}';
            IF v_value >= p_volumes[v_falls[cardinality(v_falls)]] THEN
                v_falls := v_falls || v_at;
            ELSE
                v_falls := ARRAY[v_at];
            END IF;
            v_run := v_falls;
        END IF;
        CONTINUE WHEN cardinality(v_run) < 2;
        -- What is held never falls, so those above the run's first are the last before it.
        v_against := 0;
        v_place := v_run[1] - 1;
        WHILE v_place > 0 AND v_against < c_votes
            AND coalesce(held[v_place] > p_volumes[v_run[1]], TRUE) LOOP
            v_against := v_against + (held[v_place] IS NOT NULL AND NOT doubted[v_place])::integer;
            v_place := v_place - 1;
        END LOOP;
        IF v_place = 0 THEN
            v_against := v_against + p_votes;
        END IF;
        IF dropout[v_at] THEN
            CONTINUE WHEN v_against >= c_votes OR cardinality(v_run) <= v_against;
        ELSE
            CONTINUE WHEN cardinality(v_run) < c_votes AND cardinality(v_run) <= v_against;
        END IF;
        v_above := v_run[1];
        v_place := v_run[1] - 1;
        WHILE v_place > 0 AND coalesce(held[v_place] > p_volumes[v_run[1]], TRUE) LOOP
            IF held[v_place] IS NOT NULL THEN
                v_above := v_place;
            END IF;
            v_place := v_place - 1;
        END LOOP;
        v_kept := CASE WHEN v_place > 0 THEN held[v_place] END;
        FOR v_each IN v_above .. v_run[1] - 1 LOOP
            IF held[v_each] > p_volumes[v_run[1]] THEN
                held[v_each] := v_kept;
                doubted[v_each] := TRUE;
            ELSIF dropout[v_each] AND v_kept IS NULL THEN
                held[v_each] := 0;
                dropout[v_each] := FALSE;
                v_kept := 0;
            END IF;
        END LOOP;
        FOREACH v_place IN ARRAY v_run LOOP
            held[v_place] := p_volumes[v_place];
            doubted[v_place] := FALSE;
            dropout[v_place] := FALSE;
        END LOOP;
        v_reached := v_value;
        v_falls := '{}';
        v_zeros := '{}';
    END LOOP;
END;
$$;
