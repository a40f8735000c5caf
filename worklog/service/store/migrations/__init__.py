"""Numbered steps of the schema, never edited after a release."""
