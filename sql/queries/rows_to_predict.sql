-- Which active model predicts from which of these rows of features, with the figures it takes.
SELECT
    made.model,
    made.name,
    made.version,
    made.form,
    made.sha256,
    made.features,
    made.feature,
    made.figures,
    made.lacks
FROM ops.rows_to_predict(%(features)s) AS made;
