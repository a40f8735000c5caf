"""Numbered steps of the schema, read by `worklog.cache.schema`; never edited after release."""
