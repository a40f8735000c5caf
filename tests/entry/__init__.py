"""The program with switches for tests: `python -m tests.entry start …`.

The command line is the installed one and so is everything behind it; what is replaced are
the clock, the input and the screen, each behind its port, and a handler at the named steps
of the write path. The switches are variables that the installed command does not know:

    WORKLOG_FAILPOINT   journal.fsync:3=abort   what happens at which step; see `failing`
    WORKLOG_TEST_FAULTY a file                  the failpoints hold only while it exists
    WORKLOG_TEST_CLOCK  a file                  time that passes by waiting; see `virtual`
    WORKLOG_TEST_SPEED  600                     how many times faster than the wall's
    WORKLOG_TEST_INPUT  a file                  scripted input, its readings noted there
    WORKLOG_TEST_TYPING 3                       the input ends after so many minutes
    WORKLOG_TEST_SCREEN 640x480                 a screen full of noise, another at each grab
"""
