SELECT
    training.session,
    training.symbol,
    training.at,
    training.label_at,
    training.origin,
    training.label,
    training.move,
    training.implied_mean,
    training.implied_variance,
    training.figures
FROM
    ops.training_rows(
        %(symbols)s, %(from)s, %(to)s, %(label)s, %(horizon)s, %(threshold)s
    ) AS training;
