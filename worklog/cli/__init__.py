"""The command line: turns words into use cases and results into text.

It is the only place that builds adapters, knows the configuration, reads the
environment, and turns errors into exit statuses.
"""
