"""The store on PostgreSQL: loaded only where DATABASE_URL is set, as psycopg is."""
