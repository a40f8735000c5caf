"""`worklog serve`: the diary service in this process, until it is told to stop.

The socket is bound before anything is opened, so that a port that is taken is a sentence
and not a traceback, and so that the address printed is the one that answers.
"""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
    context: AppContext, *, host: str, port: int, data: str | None, database: str, objects: str
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
    settings = Settings(folder, host=host, port=port, database=database, objects=objects)
    with in_use(folder), _listening(settings) as listener:
        service = Service.open(settings, clock=context.clock)
        address = _address(host, listener.getsockname()[1])
        server = _server(create_app(service))
        lines = [f"The diary service answers on {address}"]
        if (link := setup_link(service, address)) is not None:
            lines += ["Set it up in the browser, once:", f"  {link}"]
        context.output.result({"address": address, "setup": link}, lambda: "\n".join(lines))
        if not host.startswith(_LOOPBACK):
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


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(app: object) -> uvicorn.Server:
    import uvicorn

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
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
        limit_concurrency=_MOST_CONNECTIONS,
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
