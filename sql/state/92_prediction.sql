-- What a model predicted of a symbol at an instant, and what came of it.
--
-- value is the probability of the model's label; NULL where reason says why there is none. outcome
-- is 1 or 0 once the horizon has passed; outcome_reason says why there is none, such as a horizon
-- that ends after the session.

CREATE TABLE fo.prediction (
    model bigint NOT NULL,
    symbol text NOT NULL,
    at timestamptz NOT NULL,
    feature bigint NOT NULL,
    value double precision,
    reason text,
    horizon_at timestamptz NOT NULL,
    outcome smallint,
    outcome_reason text,
    predicted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT prediction_pkey PRIMARY KEY (model, symbol, at),
    CONSTRAINT prediction_model_fkey FOREIGN KEY (model) REFERENCES fo.model (id),
    CONSTRAINT prediction_feature_fkey FOREIGN KEY (feature) REFERENCES fo.feature (id),
    CONSTRAINT prediction_value_check CHECK (value BETWEEN 0 AND 1),
    CONSTRAINT prediction_reason_check CHECK ((value IS NULL) = (reason IS NOT NULL)),
    CONSTRAINT prediction_outcome_check CHECK (outcome IN (0, 1))
);

CREATE INDEX prediction_open_idx ON fo.prediction (symbol, horizon_at)
WHERE outcome IS NULL AND outcome_reason IS NULL;

CREATE INDEX prediction_model_idx ON fo.prediction (model, at);
