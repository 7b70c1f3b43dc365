-- Who owns the database, unless that is a superuser.
SELECT owner.rolname
FROM pg_catalog.pg_database AS own
INNER JOIN pg_catalog.pg_roles AS owner ON own.datdba = owner.oid
WHERE own.datname = current_database() AND NOT owner.rolsuper;
