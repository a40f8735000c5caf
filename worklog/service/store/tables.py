"""The tables. Instants are milliseconds since the Unix epoch (_ms), slots whole cells.

Everything that a freelancer records belongs to their diary: its first key column is the
freelancer, so ids of one tenant can neither meet nor betray those of another.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _maybe_ms(name: str) -> Column[int | None]:
    return Column(name, BigInteger, nullable=True)


def _key(name: str, target: str | None = None) -> Column[str]:
    if target is None:
        return Column(name, Text, primary_key=True)
    return Column(name, Text, ForeignKey(target), primary_key=True)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


# Small facts: the epoch, what background work did last.
meta: Final = Table("meta", metadata, _key("name"), _text("value"))

# --- Accounts -------------------------------------------------------------------------

users: Final = Table(
    "users",
    metadata,
    _key("user_id"),
    Column("name", Text, nullable=False, unique=True),  # what they log in with
    Column("password", Text, nullable=True),  # argon2; NULL until it is set
    _flag("is_operator"),
    _number("created_ms"),
    _maybe_ms("disabled_ms"),
)

organisations: Final = Table(
    "organisations", metadata, _key("organisation_id"), _text("name"), _number("created_ms")
)

members: Final = Table(
    "members",
    metadata,
    _key("organisation_id", "organisations.organisation_id"),
    _key("user_id", "users.user_id"),
    _text("role"),  # owner or member
    _number("since_ms"),
)

devices: Final = Table(
    "devices",
    metadata,
    _key("user_id", "users.user_id"),
    _key("device_id"),  # as the tracker calls itself; two accounts may share a machine
    _text("name"),
    _text("host"),
    _text("version"),
    _number("created_ms"),
    _maybe_ms("seen_ms"),
    _maybe_ms("revoked_ms"),
)

# A device that was given a new key goes on to be believed what the old one signed.
device_keys: Final = Table(
    "device_keys",
    metadata,
    _key("user_id"),
    _key("device_id"),
    _key("public_key"),  # Ed25519, hex
    _number("since_ms"),
)

tokens: Final = Table(
    "tokens",
    metadata,
    _key("token_hash"),  # SHA-256 of 192 random bits, hex
    Column("user_id", Text, ForeignKey("users.user_id"), nullable=False, index=True),
    Column("device_id", Text, nullable=True),
    _text("permits"),  # words of `Permit`, separated by spaces
    _number("created_ms"),
    _maybe_ms("expires_ms"),
    _maybe_ms("revoked_ms"),
)

# --- Contracts ------------------------------------------------------------------------

contracts: Final = Table(
    "contracts",
    metadata,
    _key("contract_id"),
    Column("freelancer_id", Text, ForeignKey("users.user_id"), nullable=False, index=True),
    Column(
        "organisation_id",
        Text,
        ForeignKey("organisations.organisation_id"),
        nullable=False,
        index=True,
    ),
    _text("content"),  # worklog.wire.contract, without its terms
    _number("created_ms"),
    _maybe_ms("ended_ms"),
)

terms: Final = Table(
    "terms",
    metadata,
    _key("contract_id", "contracts.contract_id"),
    Column("since_ms", BigInteger, primary_key=True, autoincrement=False),
    _text("content"),
)

# --- Evidence -------------------------------------------------------------------------

streams: Final = Table(
    "streams",
    metadata,
    _key("freelancer_id", "users.user_id"),
    _key("stream_id"),
    _text("device_id"),
    _text("public_key"),  # of its first part that arrived; all others must be signed by it
    _number("opened_ms"),
)

parts: Final = Table(
    "parts",
    metadata,
    _key("freelancer_id", "users.user_id"),
    _key("part_id"),
    _text("device_id"),
    Column("contract_id", Text, ForeignKey("contracts.contract_id"), nullable=False),
    _number("slot"),
    _text("stream_id"),
    _number("sequence"),
    _text("previous"),
    _text("digest"),  # SHA-256 of header, hex
    Column("header", LargeBinary, nullable=False),  # the bytes that were signed
    Column("signature", LargeBinary, nullable=False),
    _text("fields"),  # {name: {salt, value}}, as it came, less what was erased
    _number("received_ms"),
    _text("receipt"),
    Column("receipt_signature", LargeBinary, nullable=False),
    UniqueConstraint("freelancer_id", "stream_id", "sequence"),
    Index(None, "freelancer_id", "slot"),
    Index(None, "contract_id", "slot"),
)

pictures: Final = Table(
    "pictures",
    metadata,
    _key("freelancer_id"),
    _key("part_id"),
    Column("position", Integer, primary_key=True, autoincrement=False),  # in the captures
    Column("contract_id", Text, ForeignKey("contracts.contract_id"), nullable=False, index=True),
    _text("role"),  # screen or camera
    Column("monitor", Integer, nullable=False),
    _text("sha256"),  # of the image file, hex
    _text("media_type"),
    Column("width", Integer, nullable=False),  # [px]
    Column("height", Integer, nullable=False),  # [px]
    Column("size", Integer, nullable=False),  # of the image file [bytes]
    Column("thumbnail_size", Integer, nullable=False),  # [bytes]
    _text("object_key"),  # 128 random bits, hex
    _text("thumbnail_key"),
    _number("received_ms"),
    _text("receipt"),
    Column("receipt_signature", LargeBinary, nullable=False),
)

# The key of a picture and its thumbnail, in a table of its own: a backup can leave it out.
picture_keys: Final = Table(
    "picture_keys",
    metadata,
    _key("object_key"),
    Column("secret", LargeBinary, nullable=False),  # AES-256
)

# Objects that are to go: kept while they are being written, and once they are erased.
doomed: Final = Table("doomed", metadata, _key("object_key"), _number("since_ms"))

amendments: Final = Table(
    "amendments",
    metadata,
    _key("freelancer_id", "users.user_id"),
    _key("amendment_id"),
    _text("author_id"),  # the account that wrote it
    _text("device_id"),
    _text("kind"),
    _number("stamp_ms"),
    _number("stamp_count"),
    _text("digest"),  # SHA-256 of content, hex
    _text("content"),  # the text as it came
    _number("received_ms"),
    _text("receipt"),
    Column("receipt_signature", LargeBinary, nullable=False),
    Index(None, "freelancer_id", "device_id"),
)

amendment_slots: Final = Table(
    "amendment_slots",
    metadata,
    _key("freelancer_id"),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    _key("amendment_id"),
)

amendment_refs: Final = Table(
    "amendment_refs",
    metadata,
    _key("freelancer_id"),
    _key("ref"),
    _key("amendment_id"),
)

# --- The diary ------------------------------------------------------------------------

segments: Final = Table(
    "segments",
    metadata,
    _key("freelancer_id"),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    _key("contract_id", "contracts.contract_id"),
    _text("memo"),
    _text("label"),
    _text("origin"),
    Column("tracked_seconds", Integer, nullable=False),
    Column("billed_seconds", Integer, nullable=False),
    _text("reason"),
    Column("amount", Text, nullable=True),  # decimal, major unit
    _text("currency"),
    _flag("is_deleted"),
    _text("content"),  # worklog.wire.segment
    Index(None, "contract_id", "slot"),
)

settled: Final = Table(
    "settled",
    metadata,
    _key("freelancer_id"),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    _key("contract_id", "contracts.contract_id"),
    Column("billed_seconds", Integer, nullable=False),
    _text("reason"),
    Column("amount", Text, nullable=True),
    _text("currency"),
)

# --- The feed -------------------------------------------------------------------------

# One counter per account. Its row stays locked until the transaction that took numbers
# from it commits, so numbers appear in their order and a reader never skips one.
feeds: Final = Table("feeds", metadata, _key("user_id", "users.user_id"), _number("last"))

changes: Final = Table(
    "changes",
    metadata,
    _key("user_id", "users.user_id"),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("device_id", Text, nullable=True),  # which it came from; it knows already
    _number("at_ms"),
    _text("content"),  # worklog.wire.sync, `encode_change`
)
