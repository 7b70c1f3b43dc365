-- A name that a symbol had before: quotes that still come under it are the symbol's.
--
-- Written by `pgstrike instrument alias OLD NEW`, which moves the history too.

CREATE TABLE fo.symbol_alias (
    alias text NOT NULL,
    symbol text NOT NULL,
    CONSTRAINT symbol_alias_pkey PRIMARY KEY (alias),
    CONSTRAINT symbol_alias_symbol_fkey FOREIGN KEY (symbol) REFERENCES fo.instrument (symbol)
);
