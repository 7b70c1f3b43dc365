-- The models that predict, with the sha256 of each.
SELECT
    model.id,
    model.sha256
FROM fo.model AS model
WHERE model.state = 'active';
