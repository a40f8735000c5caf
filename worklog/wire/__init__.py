"""Domain values as canonical JSON and back: what is stored, signed and sent.

Formats are frozen: fields are only ever added, and what a reader does not know it
leaves where it is.
"""
