SELECT
    named.alias,
    named.symbol
FROM fo.symbol_alias AS named;
