SELECT
    driven.name,
    driven.kind,
    driven.symbols,
    driven.options,
    driven.attempt,
    driven.set_at,
    driven.is_open,
    driven.listing_day,
    driven.in_charge,
    driven.aliases
FROM ops.driven_feeds() AS driven;
