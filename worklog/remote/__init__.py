"""The client of a diary service: HTTP, the login of a device, and its token.

The only package that imports httpx. Everything that comes back is parsed by
`worklog.wire.sync` and believed by nobody yet; what fails becomes an error of
`worklog.errors` here, at the border.
"""
