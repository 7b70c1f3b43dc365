"""The topics of events. The tests have a list of their own, and not the product's."""

TOPICS = (
    "chain",
    "snapshot",
    "rollup",
    "metrics",
    "task",
    "ops",
    "alert",
    "prediction",
)
