"""What syncing needs from the outside world: a service to talk to, and what waits for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from worklog.app.sync_share import Circle
from worklog.domain.amendment import Amendment
from worklog.domain.canonical import Json
from worklog.domain.contract import Contract
from worklog.domain.evidence import Record
from worklog.domain.grid import Slot
from worklog.domain.ids import AmendmentId, ContractId, PartId, StreamId
from worklog.errors import ServiceUnreachableError
from worklog.wire.sync.account import Service, Whoami
from worklog.wire.sync.changes import ChangesPage, ErasureChange
from worklog.wire.sync.digests import Digest, HeldPart, StreamDigests, WeekDigest
from worklog.wire.sync.receipts import SignedReceipt
from worklog.wire.sync.results import Result


class ServiceBusyError(ServiceUnreachableError):
    """The service asks for patience; same code and status as being out of reach.

    Attributes:
        retry_after: How long it asks to be left alone [s]; None where it does not say.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Gateway(Protocol):
    """One diary service, spoken to with one token.

    What it returns has been parsed and is not trusted yet: whether a receipt holds is
    for the caller. All methods may raise

    * ServiceUnreachableError: no usable answer, `ServiceBusyError` with the time to wait;
    * ServiceAuthError: the token is not known, or no longer;
    * ServiceProtocolError: the answer is not one a diary service gives;
    * VersionRefusedError: this version of the tracker is not accepted;
    * another WorklogError: the request as a whole was refused, with the code it was given.
    """

    def service(self) -> Service:
        """Return what the service says of itself."""
        ...

    def whoami(self) -> Whoami:
        """Return whom the token belongs to."""
        ...

    def changes(self, after: int) -> ChangesPage:
        """Return the page of changes that follows the number *after*."""
        ...

    def send_parts(self, records: Sequence[Record]) -> tuple[Result, ...]:
        """Send sealed parts; return one result each, in order."""
        ...

    def send_amendments(self, texts: Sequence[str]) -> tuple[Result, ...]:
        """Send amendments as they are kept; return one result each, in order."""
        ...

    def send_picture(self, part: PartId, position: int, data: bytes) -> SignedReceipt:
        """Send the picture at *position* of the captures of *part*; return its receipt."""
        ...

    def send_report(self, report: Mapping[str, Json]) -> None:
        """Send a report of a problem."""
        ...

    def digests(self, stream: StreamId) -> StreamDigests:
        """Return what the service has of *stream*, week by week."""
        ...

    def held(self, stream: StreamId, week: int) -> tuple[HeldPart, ...]:
        """Return the parts of *stream* that the service has in one week."""
        ...


@dataclass(frozen=True, slots=True)
class Parked:
    """Why something is not being sent at present.

    Attributes:
        code: Of the error, as in `worklog.errors`.
        message: One sentence, printable.
        at: Since when.
    """

    code: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """A sealed part that the service has not acknowledged whole.

    Attributes:
        part: Its id.
        contract: As recorded.
        slot: Where it lies.
        sealed: When it was sealed; the review window begins there (R28).
        size: Of its upload without pictures [bytes].
        is_received: The service has its header and fields; pictures are missing.
        is_erased: All its content was deleted here.
        has_pictures: There are pictures; whether any is to be sent is seen when it is due.
        parked: Why it is not being sent; None where it may be.
    """

    part: PartId
    contract: ContractId
    slot: Slot
    sealed: datetime
    size: int
    is_received: bool = False
    is_erased: bool = False
    has_pictures: bool = False
    parked: Parked | None = None


@dataclass(frozen=True, slots=True)
class WaitingAmendment:
    """An amendment that the service has not acknowledged.

    Attributes:
        amendment: Its id.
        size: Of its text [bytes].
        order: Its place in the order of amendments.
        erases: It erases something: the service must hear of it first.
        parked: Why it is not being sent; None where it may be.
    """

    amendment: AmendmentId
    size: int
    order: tuple[int, int, str]
    erases: bool = False
    parked: Parked | None = None


@dataclass(frozen=True, slots=True)
class WaitingPicture:
    """A picture of which the service has not acknowledged the bytes that are here now.

    Attributes:
        part: Whose it is.
        position: In the captures of the part as it was sealed.
        sha256: Of the image file, hex.
    """

    part: PartId
    position: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of a service between two runs.

    Attributes:
        epoch: Of its database when we last heard of it; empty before the first contact.
        cursor: Last number of its feed of changes that was taken in.
        compared_epoch: Epoch in which what it has was last compared with what is here.
        compared_at: When that was; None for never.
        contact_at: When it last answered as it should; None for never.
        problem: Code of what stands in the way; empty for nothing.
        message: The same as a sentence.
        hint: What to do about it.
        retry_at: When it is tried again; None for whenever something waits.
        skew: Its clock less this machine's, where they are over a minute apart.
    """

    epoch: str = ""
    cursor: int = 0
    compared_epoch: str = ""
    compared_at: datetime | None = None
    contact_at: datetime | None = None
    problem: str = ""
    message: str = ""
    hint: str = ""
    retry_at: datetime | None = None
    skew: timedelta | None = None


class SyncStore(Protocol):
    """The cache as seen by the syncing with one service.

    Writing methods return when the change is durable. All may raise CacheBusyError,
    CacheUnwritableError and CacheCorruptError.
    """

    @property
    def service(self) -> str:
        """Address of the service."""
        ...

    def contracts(self) -> Mapping[ContractId, Contract]:
        """Return all contracts, of this service or not, by id."""
        ...

    def standing(self) -> Standing: ...

    def save_standing(self, standing: Standing) -> None: ...

    # What waits ----------------------------------------------------------------------
    def parts(self) -> list[WaitingPart]: ...

    def amendments(self) -> list[WaitingAmendment]: ...

    def pictures(self, part: PartId) -> list[WaitingPicture]:
        """Return the pictures of *part* still to be sent; none before it is received."""
        ...

    def record(self, part: PartId) -> Record | None:
        """Return *part* as it is to be sent; None once all its content was erased."""
        ...

    def amendment_text(self, amendment: AmendmentId) -> str | None:
        """Return the text that the service is to have; None if nothing of it is its."""
        ...

    def image(self, picture: WaitingPicture) -> bytes | None:
        """Return the bytes of *picture*; None if it was erased or replaced since.

        Raises:
            NotFoundError: its file is gone.
            CacheCorruptError: the file is not what was captured.
        """
        ...

    def reports(self) -> list[str]:
        """Return the ids of reports of problems that are for the service, oldest first."""
        ...

    def report(self, name: str) -> Mapping[str, Json] | None:
        """Return the report *name* as it was shown; None if it is gone."""
        ...

    # What comes of it ----------------------------------------------------------------
    def acknowledge(self, receipts: Sequence[SignedReceipt]) -> None:
        """Keep receipts that hold, and let go of what has all of them."""
        ...

    def forget(self, kind: str, name: str) -> None:
        """Let go of the `part` or `amendment` *name*: there is nothing left to send."""
        ...

    def park(self, kind: str, name: str, parked: Parked) -> None:
        """Remember why the `part` or `amendment` *name* is not being sent."""
        ...

    def forget_report(self, name: str) -> None:
        """Let go of a report that the service has."""
        ...

    def set_report_aside(self, name: str) -> str:
        """Keep a report that the service refused, and send it no more; return its file."""
        ...

    def unpark(self) -> int:
        """Let everything that is parked be tried again; return how much that is."""
        ...

    # What comes back -----------------------------------------------------------------
    def save_contract(self, contract: Contract, *, at: datetime) -> None: ...

    def offer(self, contract: ContractId, offered: Contract | None) -> None:
        """Keep what of *contract* waits for a yes (R30); None for nothing."""
        ...

    def offers(self) -> list[Contract]:
        """Return the contracts that wait for a yes, as the service wants them."""
        ...

    def circle(self) -> Circle:
        """Return what belongs to the service."""
        ...

    def is_known(self, amendment: AmendmentId) -> bool: ...

    def is_receipted(self, part: PartId) -> bool:
        """Return whether the service acknowledged *part*."""
        ...

    def amend(self, amendment: Amendment) -> None: ...

    def save_erasure(self, erasure: ErasureChange) -> None:
        """Remember that the service has erased something, so that it is not sent again."""
        ...

    # What the service should have ----------------------------------------------------
    def streams(self) -> list[StreamId]:
        """Return the streams of this device to the service."""
        ...

    def acknowledged(self, stream: StreamId) -> tuple[WeekDigest, ...]:
        """Return digests of what the service acknowledged and should still have."""
        ...

    def acknowledged_parts(self, stream: StreamId, week: int) -> tuple[HeldPart, ...]:
        """Return the same for one week, by name."""
        ...

    def acknowledged_amendments(self) -> Digest: ...

    def queue_parts(self, parts: Sequence[PartId]) -> None:
        """Queue *parts* again; their receipts are set aside as proof of the loss."""
        ...

    def queue_amendments(self) -> None:
        """Queue all amendments of this device for the service again."""
        ...
