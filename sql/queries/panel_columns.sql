-- The figures that a panel can show: of the live chain, of bars, and of a ladder
-- besides. One row.
SELECT
    ARRAY(
        SELECT json_array_elements_text(ops.chain_head(NULL, NULL)::json -> 'columns')
    ) AS live,
    ops.bar_columns() AS bar,
    ops.ladder_columns() AS ladder;
