SELECT unnest(analytics.feature_names()) AS name;
