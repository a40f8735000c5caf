"""The rules of worklog, pure: no I/O, no clock, no logging.

Tracker, reports and service call the same functions, so what the freelancer sees
before upload is what the client will see.
"""
