-- The usual distance of times, which are in order: the lower median. NULL of fewer than two.
CREATE FUNCTION ops.usual_gap(p_times timestamptz[]) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY gap.width)
FROM (
    SELECT each.time - lag(each.time) OVER (ORDER BY each.place) AS width
    FROM unnest(p_times) WITH ORDINALITY AS each (time, place)
) AS gap
WHERE gap.width IS NOT NULL;
$$;
