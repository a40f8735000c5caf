"""worklog: a time tracker with proof, driven from the terminal.

How the package is laid out, from the inside out. Each ring may import the ones
above it in this list and never the ones below; `lint-imports` holds that.

`errors`
    Every failure a user can meet, with its code, exit status and HTTP status.
`clock`, `sqlite`, `places`, `failpoints`
    Leaves: the only reader of time, the connection settings, the folders, and the
    steps at which tests make a write fail.
`domain`
    The rules, pure: the ten-minute grid, parts, amendments, the fold of both
    into segments, billing, evidence. No I/O and no clock.
`wire`
    Domain values as JSON and back: what is stored, signed and sent.
`app`
    The use cases, the tracking loop and the ports that they need.
`cache`, `capture`, `reports`, `remote`
    Adapters behind the ports: the local cache, this machine's screen, input and
    windows, the report formats, and the client of a diary service. They never import
    each other.
`service`
    The diary service. It shares `wire`, `domain` and below with the tracker, and
    nothing else.
`config`
    The one table of settings, and the file they stand in.
`cli`
    Parses, wires the adapters to the use cases, renders.

Three ideas carry it. Evidence is immutable, changes are a log, and the diary is
a fold over both. The local cache is the only meeting point of processes. The
rules in `domain` are the same for tracker, reports and service.
"""

__version__ = "0.1.0"
