"""The database of the service: SQLite or PostgreSQL through SQLAlchemy Core."""
