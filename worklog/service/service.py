"""One running service: what its routes work with, built once per process."""

from __future__ import annotations

from dataclasses import dataclass

from worklog import __version__
from worklog.places import ensure
from worklog.service.ingest import Ingest
from worklog.service.objects.store import Objects
from worklog.service.pictures import Decoders
from worklog.service.post import Post, SmtpPost
from worklog.service.receipts import ReceiptSigner
from worklog.service.scope import SYSTEM
from worklog.service.settings import Settings
from worklog.service.store.engine import Clock, Store
from worklog.service.store.meta import ensure_epoch
from worklog.wire.sync.account import Service as About


@dataclass(frozen=True, slots=True)
class Service:
    """What the routes of one process share; it has no state beyond connections.

    Attributes:
        settings: What it was started with.
        store: The database.
        objects: The pictures.
        signer: The key of the receipts.
        decoders: The children that decode pictures.
        ingest: Taking evidence in.
        about: What it says of itself; epoch and clock as of the start.
        post: What sends letters; None where links are copied.
    """

    settings: Settings
    store: Store
    objects: Objects
    signer: ReceiptSigner
    decoders: Decoders
    ingest: Ingest
    about: About
    post: Post | None = None

    @classmethod
    def open(cls, settings: Settings, *, clock: Clock) -> Service:
        """Return the service of *settings*, its schema up to date.

        Raises:
            ConfigInvalidError: a URL is not one that it knows, or its key is not safe.
            CacheTooNewError: a newer worklog has written the database.
            StoreBusyError: the database does not answer.
        """
        post = SmtpPost(settings.mail, settings.mail_from) if settings.mail else None
        ensure(str(settings.data))
        signer = ReceiptSigner.of_file(settings.signing_key)
        objects = Objects(settings.objects_url)
        store = Store(settings.database_url, clock=clock)
        try:
            store.migrate()
            with store.writing(SYSTEM) as scope:
                epoch = ensure_epoch(scope)
            decoders = Decoders(settings.decoders)
            ingest = Ingest(store, objects, signer, decoders)
            ingest.sweep(orphans_too=True)
        except BaseException:
            store.close()
            raise
        about = About(
            name=settings.name,
            epoch=epoch,
            key=signer.public_key,
            version=__version__,
            tracker_from=settings.tracker_from,
            tracker_below=settings.tracker_below,
            now=clock.now(),
        )
        return cls(settings, store, objects, signer, decoders, ingest, about, post)

    def close(self) -> None:
        """Let go of connections and children."""
        self.decoders.close()
        self.store.close()
