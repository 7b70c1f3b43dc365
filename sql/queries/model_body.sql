-- The text of a model. One row.
SELECT model.body
FROM fo.model AS model
WHERE model.id = %(model)s;
