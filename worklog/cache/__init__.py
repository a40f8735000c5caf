"""The durable local cache: SQLite, per-day journals and picture files.

Whatever changes the cache is one journal record. A write appends records to the journal,
applies them to the database, and commits; recovery and rebuilding apply the same records
with the same function, so the two can not drift apart.
"""
