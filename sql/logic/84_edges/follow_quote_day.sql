-- On an edge: make, empty or drop the partition of a day, as the primary did.
CREATE FUNCTION ops.follow_quote_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        /*postgres PERFORM ops.make_partition(new.day); */
        RETURN NULL;
    END IF;
    LOCK TABLE ONLY fo.option_quote IN ACCESS EXCLUSIVE MODE;
    EXECUTE format(
        CASE tg_op WHEN 'DELETE' THEN 'DROP TABLE IF EXISTS fo.%I' ELSE 'TRUNCATE fo.%I' END,
        'option_quote_' || to_char(old.day, 'YYYYMMDD')
    );
    RETURN NULL;
END;
$$;
