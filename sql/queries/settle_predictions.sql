-- Say what came of predictions whose horizon has passed; of how many.
SELECT ops.settle_predictions();
