SELECT
    ops.add_model(
        %(name)s, %(symbol)s, %(form)s, %(body)s, %(features)s, %(label)s, %(horizon)s,
        %(threshold)s, %(trained_from)s, %(trained_to)s, %(validation)s::text::jsonb
    ) AS version;
