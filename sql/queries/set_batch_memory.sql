-- Have a batch of 65,536 quotes sorted and hashed whole in memory, on this connection.
SELECT
    set_config('temp_buffers', '64MB', FALSE) AS temp_buffers,
    set_config('work_mem', '64MB', FALSE) AS work_mem;
