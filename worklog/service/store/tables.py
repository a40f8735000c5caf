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
    _text("display", default=""),  # what others see; the login name where empty
    _text("mail", default=""),
    _text("zone", default=""),  # IANA name; the browser's where empty
    _maybe_ms("erased_ms"),  # they erased it themselves; what refers to it stays
)

organisations: Final = Table(
    "organisations",
    metadata,
    _key("organisation_id"),
    _text("name"),
    _number("created_ms"),
    # Where the billing week of new contracts begins: weekday from Monday 0, UTC hour.
    Column("week_start", Integer, nullable=False, server_default="0"),
    Column("week_hour", Integer, nullable=False, server_default="0"),
)

members: Final = Table(
    "members",
    metadata,
    _key("organisation_id", "organisations.organisation_id"),
    _key("user_id", "users.user_id"),
    _text("role"),  # owner or member
    _number("since_ms"),
)

# Freelancers whom an organisation may offer contracts to: they followed its invitation.
partners: Final = Table(
    "partners",
    metadata,
    _key("organisation_id", "organisations.organisation_id"),
    _key("user_id", "users.user_id"),
    _number("since_ms"),
)

# Invitations and resets: each a link that works once.
links: Final = Table(
    "links",
    metadata,
    _key("link_hash"),  # SHA-256 of 192 random bits, hex
    _text("purpose"),  # freelancer, member, owner, operator, reset
    Column(
        "organisation_id", Text, ForeignKey("organisations.organisation_id"), nullable=True
    ),  # to join
    Column("user_id", Text, ForeignKey("users.user_id"), nullable=True),  # whose password
    _text("note"),  # whom it is for, in the words of its maker
    _text("created_by"),
    _number("created_ms"),
    _number("expires_ms"),
    _maybe_ms("used_ms"),
    _maybe_ms("revoked_ms"),
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
    _maybe_ms("seen_ms"),  # to the minute
    _text("agent", default=""),  # browser of a session
    _text("address", default=""),  # it was begun from
)

# Codes by which devices log in (RFC 8628).
device_codes: Final = Table(
    "device_codes",
    metadata,
    _key("code_hash"),  # of what the device polls with
    Column("user_code", Text, nullable=False, unique=True),  # what its owner types
    _text("device_id"),
    _text("public_key"),  # Ed25519, hex
    _text("name"),
    _text("host"),
    _text("version"),
    _text("address"),  # that asked for it
    _text("state"),  # pending, approved, denied, used
    Column("user_id", Text, ForeignKey("users.user_id"), nullable=True),  # who decided
    _number("created_ms"),
    _number("expires_ms"),
    _maybe_ms("polled_ms"),
    Column("interval", Integer, nullable=False),  # between polls [s]
)

# How often something was tried of late: logins, codes, links. Shared by all workers.
tries: Final = Table(
    "tries",
    metadata,
    _key("what"),  # such as login:ann or address:192.0.2.7
    _number("since_ms"),
    Column("number", Integer, nullable=False),
)

# Who did what, append-only. Each record has the digest of the one before it in its chain.
audit: Final = Table(
    "audit",
    metadata,
    _key("chain"),  # a contract, an organisation or an account
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _number("at_ms"),
    _text("actor_id"),
    _text("actor_name"),
    Column("user_id", Text, nullable=True, index=True),  # whom it concerns
    Column("organisation_id", Text, nullable=True, index=True),
    Column("contract_id", Text, nullable=True, index=True),
    _text("verb"),
    _text("content"),  # canonical JSON, and what the digest is of
    _text("fields", default="{}"),  # names and addresses with their salts, less what was erased
    _text("previous"),
    _text("digest"),  # SHA-256 of content and previous, hex
)

# Reports of problems, as `worklog feedback` or the page sent them.
feedback: Final = Table(
    "feedback",
    metadata,
    _key("feedback_id"),
    Column("user_id", Text, ForeignKey("users.user_id"), nullable=False, index=True),
    _text("device_id", default=""),
    _number("at_ms"),
    _text("words"),
    _text("content"),  # what came along: versions and settings, JSON
    _maybe_ms("closed_ms"),
)

# Background work: who has claimed it, until when, and when it is due again.
chores: Final = Table(
    "chores",
    metadata,
    _key("name"),
    _number("due_ms"),
    _text("claimed_by", default=""),
    _number("claimed_until_ms"),
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

# Billing weeks to which something happened beside their time going by.
weeks: Final = Table(
    "weeks",
    metadata,
    _key("contract_id", "contracts.contract_id"),
    Column("week_ms", BigInteger, primary_key=True, autoincrement=False),  # its first instant
    Column("freelancer_id", Text, ForeignKey("users.user_id"), nullable=False),
    _maybe_ms("settled_ms"),  # its bills are frozen since
    _maybe_ms("erased_ms"),  # its pictures and titles are erased since (R31)
    Index(None, "freelancer_id", "week_ms"),
)

# What people did to weeks, with their reasons. The contract has the instants as well.
week_events: Final = Table(
    "week_events",
    metadata,
    _key("event_id"),
    Column("contract_id", Text, ForeignKey("contracts.contract_id"), nullable=False, index=True),
    Column("freelancer_id", Text, ForeignKey("users.user_id"), nullable=False),
    _number("week_ms"),
    _flag("is_open"),
    _number("at_ms"),
    _text("author_id"),
    _text("reason"),
)

disputes: Final = Table(
    "disputes",
    metadata,
    _key("dispute_id"),
    Column("contract_id", Text, ForeignKey("contracts.contract_id"), nullable=False),
    Column("freelancer_id", Text, ForeignKey("users.user_id"), nullable=False),
    _number("slot"),
    _text("state"),  # open, answered, withdrawn, upheld, settled
    _text("reason"),
    _text("answer"),
    _text("outcome"),
    _number("opened_ms"),
    _maybe_ms("answered_ms"),
    _maybe_ms("closed_ms"),
    Index(None, "contract_id", "slot"),
    Index(None, "freelancer_id", "slot"),
)

# What a freelancer asks of a client: manual time.
requests: Final = Table(
    "requests",
    metadata,
    _key("request_id"),
    Column("contract_id", Text, ForeignKey("contracts.contract_id"), nullable=False, index=True),
    Column("freelancer_id", Text, ForeignKey("users.user_id"), nullable=False),
    _text("what"),
    _text("words"),
    _text("state"),  # open, granted, declined
    _number("at_ms"),
    _maybe_ms("decided_ms"),
    Column("decided_by", Text, nullable=True),
)

# Letters: the text is erased once it was sent, as it holds a link that works.
mails: Final = Table(
    "mails",
    metadata,
    _key("mail_id"),
    Column("link_hash", Text, nullable=False, index=True),
    _text("recipient"),
    _text("subject"),
    _text("body"),
    _text("state"),  # waiting, sent, failed
    _text("problem"),
    Column("tries", Integer, nullable=False),
    _number("created_ms"),
    _number("due_ms"),
    _number("claimed_until_ms"),
    Index(None, "state", "due_ms"),
)

# Who of the client looked at which picture (R31): one row a viewer and kind, with counts.
picture_views: Final = Table(
    "picture_views",
    metadata,
    _key("freelancer_id"),
    _key("part_id"),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _key("viewer_id", "users.user_id"),
    Column("is_thumbnail", Boolean, primary_key=True),
    Column("contract_id", Text, ForeignKey("contracts.contract_id"), nullable=False),
    _number("first_ms"),
    _number("last_ms"),
    Column("number", Integer, nullable=False),
    Index(None, "freelancer_id", "last_ms"),
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
