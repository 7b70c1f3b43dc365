CALL public.convert_to_columnstore(%s::text::regclass, if_not_columnstore => TRUE);
