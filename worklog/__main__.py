"""`python -m worklog`: the same as the `worklog` command."""

from worklog.cli.quick import main

main()
