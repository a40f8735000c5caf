"""Readers of other time trackers' files: one module per format, all of them pure.

A reader gives time entries, or refuses the whole file with the line that is wrong.
"""
