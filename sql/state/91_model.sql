-- Models: each version is a text, what it was trained on, and how well it did out of sample.
--
-- form is lightgbm (LightGBM's text) or linear (JSON of numbers: see jobs/predict/linear_text.py).
-- Never a pickle. symbol NULL is any symbol. label is direction (the underlying is higher after
-- the horizon) or size (it has moved by more than threshold, a share of its level). validation is
-- what walk-forward validation measured, beside the base rate and what options imply, and what the
-- features were in training (docs/models.md); empty of a model that was not trained here. At most
-- one version of a name is active.

CREATE TABLE fo.model (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    version integer NOT NULL,
    symbol text,
    form text NOT NULL,
    body text NOT NULL,
    sha256 text NOT NULL,
    features text[] NOT NULL,
    label text NOT NULL,
    horizon interval NOT NULL,
    threshold double precision,
    trained_from timestamptz,
    trained_to timestamptz,
    validation jsonb NOT NULL,
    state text NOT NULL DEFAULT 'added',
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    activated_at timestamptz,
    retired_at timestamptz,
    CONSTRAINT model_pkey PRIMARY KEY (id),
    CONSTRAINT model_name_version_key UNIQUE (name, version),
    CONSTRAINT model_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT model_form_check CHECK (form IN ('lightgbm', 'linear')),
    CONSTRAINT model_label_check CHECK (label IN ('direction', 'size')),
    CONSTRAINT model_horizon_check CHECK (horizon BETWEEN '1 minute' AND '30 days'),
    CONSTRAINT model_threshold_check CHECK ((label = 'size') = (threshold IS NOT NULL)),
    CONSTRAINT model_state_check CHECK (state IN ('added', 'active', 'retired'))
);

CREATE UNIQUE INDEX model_active_idx ON fo.model (name) WHERE state = 'active';
