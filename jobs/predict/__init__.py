"""Features as they were logged, models and their training, predictions."""
