"""The address of a service: https, and http only to this very machine (T12)."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from worklog.domain.text import printable
from worklog.errors import UsageError


def normal_address(text: str) -> str:
    """Return *text* as the one address that the service is known by: scheme, host, port.

    Raises:
        UsageError: it is none, or would not be encrypted on the way.
    """
    wanted = text.strip()
    shown = printable(text)
    if "://" not in wanted:
        wanted = f"https://{wanted}"
    try:
        parts = urlsplit(wanted)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError as error:
        msg = f"{shown!r} is no address."
        raise UsageError(msg, hint="Write it as https://diary.example.") from error
    if not host or parts.scheme not in ("https", "http") or any(c in host for c in " %\\@"):
        msg = f"{shown!r} is no address of a diary service."
        raise UsageError(msg, hint="Write it as https://diary.example.")
    if parts.username is not None or parts.password is not None:
        msg = "An address has no name or password in it."
        raise UsageError(msg, hint="Leave them out; `worklog login` opens the browser for that.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        msg = f"{shown!r} has a path."
        raise UsageError(msg, hint="Give the address of the service alone: https://diary.example.")
    if parts.scheme == "http" and not is_loopback(host):
        msg = "Without https everybody on the way could read and change what you send."
        raise UsageError(msg, hint=f"Use https://{host}; http is for this machine alone.")
    shown_host = f"[{host}]" if ":" in host else host.lower()
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{shown_host}" + ("" if port in (None, usual) else f":{port}")


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine, whatever a name server says."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_same_origin(url: str, address: str) -> bool:
    """Return whether *url* lies on the service at *address*."""
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return "@" not in parts.netloc and normal_address(origin) == address
    except (UsageError, ValueError):
        return False
