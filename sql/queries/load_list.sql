SELECT
    loaded.symbols,
    loaded.new_symbols,
    loaded.terms,
    loaded.delisted,
    loaded.relisted,
    loaded.skipped
FROM ops.load_list(%s, %s) AS loaded;
