"""Real databases and object stores for the tests: PostgreSQL in a throwaway cluster, S3 by moto."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg

from tests.support.until import until

if TYPE_CHECKING:
    from tests.service.conftest import Backend

BIN = Path("/usr/lib/postgresql/15/bin")
# PostgreSQL refuses to run as root.
OTHER_USER = "nobody"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _demoted() -> dict[str, str]:
    return {"user": OTHER_USER, "group": "nogroup"} if os.geteuid() == 0 else {}


@contextmanager
def cluster() -> Iterator[str]:
    """Give the URL of a PostgreSQL server without a database name, ended afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="worklog-pg-", dir="/tmp"))
    folder.chmod(0o777)
    data = folder / "data"
    user = _demoted()
    subprocess.run(
        [BIN / "initdb", "-D", data, "-U", "boss", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        capture_output=True,
        cwd="/",
        **user,  # type: ignore[call-overload]
    )
    port = free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    options += " -c fsync=off -c max_connections=200"
    control = [BIN / "pg_ctl", "-D", data, "-w", "-o", options]
    subprocess.run(
        [*control, "-l", folder / "log", "start"],
        check=True,
        capture_output=True,
        cwd="/",
        **user,  # type: ignore[call-overload]
    )
    try:
        with psycopg.connect(
            f"postgresql://boss@127.0.0.1:{port}/postgres", autocommit=True
        ) as boss:
            # No superuser: row-level security would not hold for one.
            boss.execute("CREATE ROLE worklog LOGIN CREATEDB")
        yield f"postgresql://worklog@127.0.0.1:{port}"
    finally:
        subprocess.run(
            [BIN / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            check=True,
            capture_output=True,
            cwd="/",
            **user,  # type: ignore[call-overload]
        )
        shutil.rmtree(folder)


@contextmanager
def database(server: str) -> Iterator[str]:
    """Give the URL of a new database on *server*, dropped afterwards."""
    name = f"w{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as boss:
        boss.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server}/{name}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as boss:
            # WITH (FORCE) would stumble over the server's own vacuum, which belongs to no role.
            boss.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user",
                [name],
            )
            boss.execute(f"DROP DATABASE {name}")


@contextmanager
def moto() -> Iterator[str]:
    """Give the address of an S3 server, ended afterwards."""
    port = free_port()
    process = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{address}/moto-api/", timeout=2).status_code == 200
        return False

    try:
        until(answers, within_s=60)
        yield address
    finally:
        process.kill()
        process.wait()


def bucket(address: str) -> str:
    """Make a bucket at *address* and return its name."""
    name = f"worklog-{uuid.uuid4().hex}"
    httpx.put(f"{address}/{name}").raise_for_status()
    return name


# --- Backups ----------------------------------------------------------------------------


def back_up(backend: Backend, folder: Path) -> None:
    """Copy what *backend* has into *folder*: its own files, or a dump of its database."""
    if not backend.settings.database:
        shutil.copytree(backend.settings.data, folder)
        return
    # As the superuser, whom row-level security lets see everything.
    subprocess.run([BIN / "pg_dump", "--clean", "-f", folder, _boss(backend)], check=True)


def restore(backend: Backend, folder: Path) -> None:
    """Put back what `back_up` copied; objects in a bucket stay as they are."""
    if not backend.settings.database:
        shutil.rmtree(backend.settings.data)
        shutil.copytree(folder, backend.settings.data)
        return
    subprocess.run(
        [BIN / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", folder, _boss(backend)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _boss(backend: Backend) -> str:
    return backend.settings.database.replace("worklog@", "boss@")
