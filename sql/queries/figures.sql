-- What the database counts, for Prometheus.
SELECT
    figure.name,
    figure.kind,
    figure.about,
    figure.label,
    figure.label_value,
    figure.value
FROM ops.figures() AS figure;
