"""What a service is started with. Nothing needs to be configured: one folder, loopback.

PostgreSQL and an S3 bucket are one option each; everything else is the same program.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from worklog.errors import ConfigInvalidError

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8710
# The range of trackers that this service speaks with: from the first release on.
TRACKER_FROM: Final = "0.1"
_OBJECT_SCHEMES: Final = ("file", "memory", "s3")


@dataclass(frozen=True, slots=True)
class Settings:
    """How one service runs.

    Attributes:
        data: Folder of keys, and of database and pictures where they are not elsewhere.
        host: Address to listen on.
        port: Port to listen on; 0 lets the system choose.
        database: SQLAlchemy URL; empty for SQLite in *data*.
        objects: `file:`, `memory:` or `s3:` URL; empty for files in *data*.
        name: What the service calls itself.
        tracker_from: Oldest tracker that may sync.
        tracker_below: First tracker that may not any more; empty for none.
        decoders: Children that pictures are decoded in.
        url: Address that people reach it at, where that is not the one it listens on.
        certificate: File of a TLS certificate chain; empty to leave TLS to others.
        key: File of its private key.
        mail: `smtps:` or `smtp+starttls:` URL of a mail server; empty for none.
        mail_from: Address that letters come from.
    """

    data: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    database: str = ""
    objects: str = ""
    name: str = "worklog"
    tracker_from: str = TRACKER_FROM
    tracker_below: str = ""
    decoders: int = 2
    url: str = ""
    certificate: str = ""
    key: str = ""
    mail: str = ""
    mail_from: str = ""

    @property
    def is_secure(self) -> bool:
        """Whether people reach it over TLS: cookies and headers depend on it."""
        return bool(self.certificate) or self.url.startswith("https://")

    @property
    def database_url(self) -> str:
        """The URL for SQLAlchemy, with the driver that this program brings.

        Raises:
            ConfigInvalidError: it is neither SQLite nor PostgreSQL.
        """
        if not self.database:
            return f"sqlite+pysqlite:///{self.data / 'service.db'}"
        scheme, separator, rest = self.database.partition("://")
        if separator and scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
            return f"postgresql+psycopg://{rest}"
        if separator and scheme in {"sqlite", "sqlite+pysqlite"}:
            return f"sqlite+pysqlite://{rest}"
        msg = f"The database {scheme!r} is not one that worklog knows."
        raise ConfigInvalidError(msg, hint="Give postgresql://user@host/name, or leave it out.")

    @property
    def objects_url(self) -> str:
        """The URL of the object store.

        Raises:
            ConfigInvalidError: it is of a kind that worklog does not know.
        """
        if not self.objects:
            return (self.data / "objects").absolute().as_uri()
        if urlsplit(self.objects).scheme not in _OBJECT_SCHEMES:
            msg = f"The object store {self.objects!r} is not one that worklog knows."
            raise ConfigInvalidError(msg, hint="Give s3://bucket/prefix, or leave it out.")
        return self.objects

    @property
    def signing_key(self) -> Path:
        """File of the key that signs receipts."""
        return self.data / "service.key"
