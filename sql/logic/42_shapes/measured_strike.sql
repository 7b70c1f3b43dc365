-- One strike of a chain with what the chain's figures are made of (see ops.measured_chains).
--
-- calls and puts are the legs' OI, and 0 where it is unknown. A leg counts where anything is known
-- of it, or would be but for a drop-out.
CREATE TYPE ops.measured_strike AS (
    strike double precision,
    session date,
    call_counts boolean,
    put_counts boolean,
    years double precision,
    underlying double precision,
    forward double precision,
    call_price double precision,
    put_price double precision,
    call_oi bigint,
    put_oi bigint,
    calls double precision,
    puts double precision,
    call_volume bigint,
    put_volume bigint,
    call_iv double precision,
    put_iv double precision,
    call_delta double precision,
    put_delta double precision,
    call_gex double precision,
    put_gex double precision,
    net_gex double precision,
    call_dex double precision,
    put_dex double precision,
    call_vanna double precision,
    put_vanna double precision,
    call_charm double precision,
    put_charm double precision
);
