"""The store on PostgreSQL and on SQLite."""
