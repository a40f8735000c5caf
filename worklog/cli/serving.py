"""`worklog serve`: the diary service in this process, until it is told to stop.

The socket is bound before anything is opened, so that a port that is taken is a sentence
and not a traceback, and so that the address printed is the one that answers.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from worklog.errors import ConfigInvalidError, ConflictError

if TYPE_CHECKING:
    import uvicorn

    from worklog.cli.context import AppContext
    from worklog.service.settings import Settings

_LOOPBACK: Final = ("127.", "::1", "localhost")
_KEEP_ALIVE: Final = 15  # [s]
_GRACE: Final = 10  # for requests to end when the service is told to stop [s]
_MOST_CONNECTIONS: Final = 1_000
_BACKLOG: Final = 512


def serve_diary(
    context: AppContext,
    *,
    host: str,
    port: int,
    data: str | None,
    database: str,
    objects: str,
    url: str,
    certificate: str,
    key: str,
    mail: str,
    mail_from: str,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        ConfigInvalidError: the extra `service` is missing, or an option cannot be used.
        ConflictError: the port is taken, or the folder is being restored.
    """
    try:
        from worklog.service.app import create_app
        from worklog.service.backups import in_use
        from worklog.service.chores import Background
        from worklog.service.service import Service
        from worklog.service.settings import Settings
        from worklog.service.setup import setup_link
    except ImportError as error:
        msg = f"The diary service is not installed: {error.name} is missing."
        raise ConfigInvalidError(
            msg, hint="Install it with `pip install 'worklog-diary[service]'`."
        ) from error
    folder = Path(data).absolute() if data else Path(context.places.data) / "service"
    settings = Settings(
        folder,
        host=host,
        port=port,
        database=database,
        objects=objects,
        url=_checked_url(url),
        certificate=certificate,
        key=key,
        mail=mail,
        mail_from=mail_from,
    )
    _check_certificate(settings)
    _check_mail(settings)
    with in_use(folder), _listening(settings) as listener:
        service = Service.open(settings, clock=context.clock)
        address = settings.url or _address(settings, listener.getsockname()[1])
        server = _server(create_app(service), settings)
        lines = [f"The diary service answers on {address}"]
        if (link := setup_link(service, address)) is not None:
            lines += ["Set it up in the browser, once:", f"  {link}"]
        context.output.result({"address": address, "setup": link}, lambda: "\n".join(lines))
        if not (host.startswith(_LOOPBACK) or settings.is_secure):
            context.output.note(
                "Other machines can reach this address: put a web server with TLS in front of it."
            )
        background = Background(service)
        background.start()
        try:
            with _stopped_by_signals(server):
                server.run(sockets=[listener])
        finally:
            background.stop()


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            # From here on whoever reads the address can connect, and waits a moment.
            listener.listen(_BACKLOG)
        except OSError as error:
            msg = f"{settings.host}, port {settings.port}, cannot be listened on: {error.strerror}."
            raise ConflictError(msg, hint="Choose another one with --port.") from error
        yield listener


def _address(settings: Settings, port: int) -> str:
    scheme = "https" if settings.certificate else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{port}"


def _checked_url(url: str) -> str:
    """Return *url* as addresses are made of it.

    Raises:
        ConfigInvalidError: it is not the address of a service.
    """
    if not url:
        return ""
    parts = urlsplit(url)
    is_plain = not (parts.query or parts.fragment or parts.username or parts.path.strip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain:
        msg = f"{url!r} is not the address of a service."
        raise ConfigInvalidError(msg, hint="Give https://host or https://host:port, no folder.")
    return url.rstrip("/")


def _check_certificate(settings: Settings) -> None:
    """Go on only if certificate and key fit each other, or there is neither.

    Raises:
        ConfigInvalidError: one is missing, cannot be read, or is not of the other.
    """
    if not (settings.certificate or settings.key):
        return
    if not (settings.certificate and settings.key):
        missing = "--key" if settings.certificate else "--certificate"
        msg = f"A certificate needs its key, and a key its certificate: {missing} is missing."
        raise ConfigInvalidError(msg, hint=f"Give {missing} FILE as well.")
    hint = "Give a chain in PEM, the service's own first, and its key without a password."
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Without an answer to give, a key with a password would ask on the terminal.
        context.load_cert_chain(settings.certificate, settings.key, password="")
    except ssl.SSLError as error:
        msg = "Certificate and key cannot be used, or do not belong together."
        raise ConfigInvalidError(msg, hint=hint) from error
    except OSError as error:
        msg = f"Certificate or key cannot be read: {error.strerror or error}."
        raise ConfigInvalidError(msg, hint=hint) from error


def _check_mail(settings: Settings) -> None:
    """Go on only if letters could say where the service is.

    Raises:
        ConfigInvalidError: they could not: whoever asks for one may say any host.
    """
    if settings.mail and not settings.url:
        msg = "Letters need to know at which address people reach the service."
        raise ConfigInvalidError(msg, hint="Give it with --url https://host.")


def _server(app: object, settings: Settings) -> uvicorn.Server:
    import uvicorn

    from worklog.service.connections import BoundedProtocol

    class Server(uvicorn.Server):
        """Ends without raising the signal anew that it was told to end by."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application
        log_config=None,
        access_log=False,  # addresses of requests name people's parts
        server_header=False,
        http=BoundedProtocol,
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
        limit_concurrency=_MOST_CONNECTIONS,
        ssl_certfile=settings.certificate or None,
        ssl_keyfile=settings.key or None,
    )
    return Server(config)


@contextlib.contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[None]:
    def stop(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
