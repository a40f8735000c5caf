"""Values as text for people: pure functions of what is to be said, a zone and a `Look`.

Nothing in here prints, reads the terminal or a clock. Text from outside goes through
`worklog.domain.text.printable` before it becomes a piece of a line.
"""
