"""How Python reaches Postgres; what the api and the jobs share."""
