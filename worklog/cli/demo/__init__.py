"""`worklog demo`: a made-up fortnight, recorded the way a real one is.

`story` makes up what happened and knows no I/O, `drawing` paints the screens, `filling`
lets the real use cases record it: parts are signed, pictures encoded, edits amended. So
whatever the commands show of a demo is what they would show of real work.
"""
