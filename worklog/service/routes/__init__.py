"""The routes, by what they are about. Bodies and answers are those of `worklog.wire.sync`."""
