"""Man pages and completions, generated from the command tree and committed.

Whatever has a source in code (options, settings, exit statuses, places, tables of the
cache) is read from it; only prose is written by hand. A test generates all files anew and
compares, so a command cannot change without its pages.
"""
