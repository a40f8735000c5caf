"""Use cases: what worklog does, in terms of the domain and the ports it needs."""
