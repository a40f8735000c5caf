"""The diary service: one work diary for freelancer and client.

FastAPI over SQLAlchemy Core. Workers hold no state: what one of them needs to know of
another is in the database or the object store. Every query goes through a scope, which
says who asks; what is somebody else's does not exist for them.
"""
