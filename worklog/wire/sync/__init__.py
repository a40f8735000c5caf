"""What tracker and service say to each other: messages as JSON, their limits, their parsing.

Pure and used by both sides, so that neither has an idea of its own of a field. Parts and
amendments travel as the very text that was signed or hashed, inside a JSON string:
whoever passes them on cannot change a byte. Messages are parsed strictly where they
matter and leave members alone that they do not know.
"""
