-- How a source stands with a symbol; failure is one of the last ten minutes.
CREATE TYPE ops.source_standing AS (
    source text,
    place integer,
    is_driven boolean,
    is_live boolean,
    last_message_at timestamptz,
    read_at timestamptz,
    steady_since timestamptz,
    volume bigint,
    volume_before bigint,
    failure text
);
