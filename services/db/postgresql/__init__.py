"""The PostgreSQL backend: imported only if DATABASE_URL is set, as psycopg is."""
