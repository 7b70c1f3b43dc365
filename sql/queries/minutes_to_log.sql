SELECT
    minute.symbol,
    minute.at
FROM ops.minutes_to_log() AS minute;
