"""Tests of the diary service, over SQLite and files and over PostgreSQL and S3."""
