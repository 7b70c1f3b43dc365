-- The sessions of browsers that hold.
SELECT
    session.id_hash,
    session.key_name,
    session.key_digest,
    to_json(session.held_until) #>> '{}' AS held_until,
    session.seconds_left,
    session.seconds_to_renewal
FROM ops.sessions() AS session;
