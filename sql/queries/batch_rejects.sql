SELECT
    reject.row_no,
    reject.reason
FROM pg_temp.batch_reject AS reject
ORDER BY reject.row_no;
