-- Keep predictions and tell them; how many are new.
SELECT ops.note_predictions(
    %(models)s::bigint[], %(features)s::bigint[], %(values)s::double precision[],
    %(reasons)s::text[]
);
