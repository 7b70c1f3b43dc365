-- The folder of the server's data; NULL where we may not know. One row.
SELECT ops.data_directory() AS path;
