"""worklog-diary(7): the formats of what people's diaries are kept in.

Written so that another program can read a diary in ten years without this one. The prose
is by hand; kinds, states and tables come from the code that reads and writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from worklog import __version__
from worklog.cache import schema
from worklog.cache.journal import FORMAT as JOURNAL_FORMAT
from worklog.cache.storage_key import ID_BYTES, KEY_BYTES, NAME_IN_KEYRING, NONCE_BYTES
from worklog.cli.docgen import mdoc
from worklog.cli.docgen.command_page import DATE
from worklog.cli.docgen.manual import files
from worklog.domain.amendment import FORMAT as AMENDMENT_FORMAT
from worklog.domain.evidence import SALT_BYTES
from worklog.domain.part import FORMAT as PART_FORMAT
from worklog.domain.part import CaptureState, ClockState, Role
from worklog.domain.segment import Reason
from worklog.domain.session import Ending
from worklog.reports import template_writer
from worklog.wire.proof import VERSION as PROOF_FORMAT

_TABLE: Final = re.compile(r"^CREATE TABLE (\w+) \((?:\s*-- (.+))?$", re.MULTILINE)
# Those whose name alone does not say it in their definition.
_TABLES: Final = {
    "contracts": "Contracts, their terms apart.",
    "contract_labels": "The labels of contracts, in their order.",
    "terms": "Dated terms of contracts.",
    "sessions": "From a start to its stop.",
    "gaps": "Time within a session that was not tracked.",
    "parts": "Open and sealed parts; header and signature byte for byte.",
    "amendments": "Amendments, as they came.",
    "images": "Which file holds the picture of which capture.",
}

Rows = tuple[tuple[str, str], ...]
HEADER: Final[Rows] = (
    ("v", f"{PART_FORMAT}, the version of the format."),
    ("kind", "`part`."),
    ("part", "Id of the part, given when it was opened."),
    ("device", "Id of the installation that recorded it."),
    ("contract", "Id of the contract that the time belonged to."),
    ("slot", "Number of the slot: its start in seconds since the Unix epoch, divided by 600."),
    ("opened , sealed", "When tracking began and ended in the slot, in milliseconds."),
    (
        "spans",
        (
            "Tracked time as pairs of seconds from the start of the slot, from 0 to 600, "
            "ascending, the end not included."
        ),
    ),
    ("marks", "Words on how the part came to be, such as `crash`, `suspend`, `stepped`."),
    ("stream", "Id of the stream."),
    ("sequence", "Place in the stream, from 1, without holes."),
    (
        "previous",
        "SHA-256 of the header before it in the stream, as 64 hex digits; empty in the first.",
    ),
    ("commitments", "For each field its salted commitment, as 64 hex digits."),
)
FIELDS: Final[Rows] = (
    (
        "counts",
        (
            "An object with `keys`, `clicks`, `scrolls` and `active`, each a list of ten, one for "
            "each minute of the slot. Numbers, in `active` true or false; null where nobody could "
            "tell. A key that is held counts once."
        ),
    ),
    ("memos", "For each of `spans` the pair of its memo and its label; either may be empty."),
    ("application", "Of the active window at the capture, or null."),
    ("title", "Likewise."),
    ("policy", "Version of the policy that was accepted when the part was opened."),
    (
        "clock",
        "An object with `zone` (IANA name), `offset` (seconds east of UTC) and `state`: "
        + ", ".join(f"`{state.value}`" for state in ClockState)
        + ".",
    ),
    (
        "capture.N",
        "The capture number N, from 0: an object with `role` ("
        + ", ".join(f"`{role.value}`" for role in Role)
        + "), `monitor`, `state`, `taken` (milliseconds), `width` and `height` (pixels).",
    ),
    (
        "picture.N",
        (
            "The SHA-256 of its files, as `sha256` and `thumbnail`, where a picture was taken. A "
            "field of its own, so that a redaction can destroy the digests of the original."
        ),
    ),
)
CHANGES: Final[Rows] = (
    (
        "describe",
        (
            "Sets `memo`, `label` or both of whole segments. `targets` is a list of segments, each "
            "a pair of slot and contract."
        ),
    ),
    (
        "manual",
        (
            "Adds time by hand to `contract`: `spans` are triples of slot, first second and second "
            "after the last; with `memo`, `label` and `origin` (`manual` or `imported`)."
        ),
    ),
    (
        "delete",
        (
            "Erases `parts` (ids), manual time (`manual`: pairs of amendment and slot) and what is "
            "still to come of open slots (`rest`: triples of device, slot, contract). `keys` are "
            "the segments that they belonged to. Never revoked."
        ),
    ),
    ("drop-snapshot", "Erases the camera pictures of `parts`. Never revoked."),
    (
        "redact",
        (
            "Replaces `pictures`: objects with `part`, `monitor`, the digests `sha256` and "
            "`thumbnail` of the new files, and `permille`, the share that is covered. Never "
            "revoked."
        ),
    ),
    (
        "move",
        (
            "Gives `parts` and `manual` time to another `contract`, with a new `memo` and `label`; "
            "`sources` are the segments that it leaves."
        ),
    ),
    ("idle", "Says that the gap from `start` to `end` (milliseconds) stays unbilled on purpose."),
    ("choose", "Lets `contract` be the one that bills in `slots`."),
    ("accept", "The client accepts the late or unproven segments `targets`."),
    (
        "revoke",
        (
            "Undoes `amendments` (ids) of the same author, if they are of the kinds `describe`, "
            "`manual`, `move`, `idle` or `choose`."
        ),
    ),
)
JOURNAL: Final[Rows] = (
    ("device", "`device`: the id of this installation."),
    ("fact", "`name` and `value` of something remembered."),
    ("contract", "`content`: the text of a contract with all its terms. The last one counts."),
    (
        "session",
        (
            "`session`, `contract`, `started`, `ended`, `ending`, `memo`, `label`, `pid`, `boot`. "
            "`ended` and `ending` are null while it runs. The last one of an id counts."
        ),
    ),
    ("gap", "`contract`, `start`, `end`, `reason` of time that was not tracked."),
    ("stream", "`stream`, `service` (empty for the local one), `key`, `opened`."),
    ("open", "`content`: the text of a part that is still open. The last one counts."),
    (
        "receipt",
        "`service`, `receipt` (its text) and `signature`: what a diary service acknowledged.",
    ),
    ("discard", "`part`: the open part with this id is no more."),
    ("seal", "`header`, `signature`, `fields` of a sealed part; see EVIDENCE."),
    (
        "picture",
        (
            "`part`, `capture`, `file`, `redacted`: the picture of a capture is in the files of "
            "this name; `redacted` is the share covered in thousandths. A later one takes its "
            "place."
        ),
    ),
    ("amendment", "`content`: the text of an amendment."),
    (
        "settled",
        (
            "`slot`, `contract`, `seconds`, `reason`, `amount`, `currency`: the bill of a locked "
            "week, which stands although the segment was erased."
        ),
    ),
)
SEGMENT: Final[Rows] = (
    ("slot", "Its start."),
    ("contract", "Name of the contract."),
    ("memo , label", "What names the segment; may be empty."),
    ("origin", "`tracked`, `manual` or `imported`."),
    (
        "bill",
        "`seconds`, `reason`, `amount`, `currency`; the reason is one of "
        + ", ".join(f"`{reason.value}`" for reason in Reason)
        + ".",
    ),
    ("marks", "Words such as `deleted`, `redacted`, `moved`, `late`, `crash`."),
    ("tracked_seconds", "Time really tracked."),
    ("tracked", "Likewise, in each of the ten minutes."),
    ("manual_seconds", "Time added by hand."),
    ("boxes", "For each minute true (input was seen), false (none was) or null (unknown)."),
    ("keys , clicks , scrolls", "Counts for each minute, or null."),
    ("application , title", "Of the active window at the capture, or null."),
    (
        "captures",
        (
            "Each with `role`, `monitor`, `state`, `file`, `thumbnail`, `sha256`, `taken_at` and "
            "`redacted`, the share covered in thousandths; `covered` is what of it a rule covered "
            "before the picture was written."
        ),
    ),
    ("parts , devices", "Ids of what the segment is made of, and of who recorded it."),
    ("grade", "`A`, `B` or `C`; null until a service has acknowledged it."),
)


PROOF: Final[Rows] = (
    ("v", f"{PROOF_FORMAT}, the version of the format."),
    ("kind", "`proof`."),
    ("key", "Public key that signed the manifest, hex."),
    ("made , by", "When it was made, and by which program."),
    ("zone , range", "IANA zone that the page shows, and the first and last instant."),
    ("contract", "Who pays, with the terms that the segments bill by."),
    ("totals , segments", "As `worklog diary --json` gives them; a segment with its `history`."),
    (
        "parts",
        (
            "For each part its `header` as a value, `signature`, the `key` of its stream, "
            "`fields`, `pictures` by position in base64, and `receipts` that services signed."
        ),
    ),
    ("services", "Address and public key of each service that signed a receipt."),
)


def formats() -> str:
    """Return the page."""
    return mdoc.page(
        "worklog-diary",
        7,
        "formats in which worklog keeps a diary",
        mdoc.section(
            "DESCRIPTION",
            mdoc.prose(
                "This page is for people who want to read, check or convert a diary with "
                "other means than worklog. Formats only grow: a field that is here stays and keeps "
                "its meaning, and a program should pass over fields and kinds that it does not "
                "know.",
                "Devices record `parts`, people append `amendments`, and both together, folded, "
                "are the `segments` that a diary shows. Parts are evidence: signed and never "
                "changed.",
            ),
        ),
        _basics(),
        _evidence(),
        _encryption(),
        _amendments(),
        _cache(),
        _contracts(),
        mdoc.section(
            "SEGMENTS IN JSON",
            mdoc.prose(
                "What `worklog diary --json` has under `data.segments`. Instants are RFC 3339 in "
                "UTC, durations whole seconds, money a decimal string in the major unit; null is "
                "what is not known."
            ),
            _table(SEGMENT),
        ),
        _proofs(),
        mdoc.section(
            "TEMPLATES OF REPORTS",
            mdoc.prose(
                "What a Jinja2 template of `worklog report --template` gets. Text is safe to "
                "print, and markup in it is text where the name of the template ends in `.html`, "
                "`.xml` or `.svg`, also before `.j2`. Templates run in a sandbox and cannot read "
                "files."
            ),
            _table(tuple(template_writer.FIELDS.items())),
            mdoc.prose("Filters beside those of Jinja2:"),
            _table(tuple(template_writer.FILTERS.items())),
        ),
        mdoc.section("SEE ALSO", [mdoc.reference("worklog")]),
        mdoc.section("STANDARDS", _standards()),
        date=DATE,
        release=f"worklog {__version__}",
    )


def tables() -> list[tuple[str, str]]:
    """Return the tables of the cache with what their definitions say of them."""
    script = "\n".join(schema.scripts())
    return [
        (name, _TABLES.get(name) or f"{comment[:1].upper()}{comment[1:]}.")
        for name, comment in _TABLE.findall(script)
    ]


def _basics() -> list[str]:
    return mdoc.section(
        "SLOTS, IDS AND TEXT",
        mdoc.prose(
            "A slot is ten minutes, counted from the Unix epoch in UTC: slot `n` begins "
            "at `600 * n` seconds. Local time is never stored without its UTC offset. Instants in "
            "what is stored are whole milliseconds since the epoch.",
            "Ids are UUIDs of version 7 in their usual spelling, so they sort by time.",
            "Memos and labels are one line of Unicode text in normal form C, without control "
            "characters, of at most 500 and 60 characters.",
        ),
        mdoc.subsection(
            "Canonical form",
            mdoc.prose(
                "What is signed, hashed or compared is JSON in the canonical form of RFC 8785 with "
                "a further rule: all numbers are integers of an absolute value of at most "
                "9007199254740991. In short: UTF-8, no spaces, members sorted by the UTF-16 code "
                "units of their names, and no escapes but those that JSON demands. The bytes are "
                "kept as they were made and never written anew."
            ),
        ),
    )


def _evidence() -> list[str]:
    return mdoc.section(
        "EVIDENCE",
        mdoc.prose(
            "A part is what one device recorded for one contract in one slot. It is kept as "
            "three things: the `header`, canonical bytes that are signed; the `signature`; and "
            "the `fields`, which hold all content."
        ),
        mdoc.subsection("Header", mdoc.prose("A JSON object with:"), _table(HEADER)),
        mdoc.subsection(
            "Fields",
            mdoc.prose(
                "A JSON object: for each field its name, and under it an object with `salt` "
                f"({SALT_BYTES} random bytes as hex digits) and `value`. The values are:"
            ),
            _table(FIELDS),
            mdoc.prose(
                f"The state of a capture is {_list(CaptureState)}. Only `taken` has a picture."
            ),
        ),
        mdoc.subsection(
            "Commitments",
            mdoc.prose(
                "The commitment of a field is the SHA-256 of these bytes, one after the other: the "
                "text `worklog part field 1` and a NUL; the name of the field and a NUL; the "
                f"{SALT_BYTES} bytes of the salt; the value in canonical form."
            ),
        ),
        mdoc.subsection(
            "Signature and chain",
            mdoc.prose(
                "The signature is Ed25519 (RFC 8032), 64 bytes over the bytes of the header, by "
                "the key of the stream. A stream is what one device records for one service, or "
                "for none; its public key (32 bytes) stands in the line `stream` of the journal. "
                "The sequence numbers of a stream have no holes, and each header names the digest "
                "of the one before, so that no part in the middle can be taken out or exchanged. "
                "A restored backup begins new streams.",
                "To verify a stream: for each header in the order of `sequence`, see that "
                "`stream`, `sequence` and `previous` are as expected, that the signature holds, "
                "and that each field that is there has its commitment and no field is there "
                "without one. A commitment without its field is an erased field, and holds. "
                "`worklog check --evidence` does just that, offline.",
            ),
        ),
        mdoc.subsection(
            "Erasure",
            mdoc.prose(
                "To erase a field is to destroy its value and its salt; the header stays and goes "
                "on to verify. Without the salt nobody can find the value by trying. A deletion "
                "erases all fields and pictures of a part, a redaction the field `picture.N` and "
                "the pixels of the original. The amendment that did it tells when, and what took "
                "the place of a redacted picture.",
            ),
        ),
        mdoc.subsection(
            "Open parts",
            mdoc.prose(
                "A part that is not sealed yet is no evidence. Its text is a JSON object with the "
                "members of a header up to `marks`, `kind` being `open-part`, and with `fields`: "
                "the values by their names, without salts."
            ),
        ),
    )


def _encryption() -> list[str]:
    return mdoc.section(
        "ENCRYPTION",
        mdoc.prose(
            "With `storage.encrypt` new pictures, and the fields `title` and `application`, lie "
            "on this machine only encrypted: in files, database, journals and backups. What was "
            "there before, or is written while it is off, lies beside them as it is. What leaves "
            "the machine (uploads, exports, proofs) is never encrypted so, and nothing that is "
            "signed changes.",
            "Something encrypted is these bytes, one after the other: a NUL, the text `worklog` "
            f"and a byte of one; the id of the key ({ID_BYTES} bytes); a random nonce "
            f"({NONCE_BYTES} bytes); and what AES-256-GCM makes of the content, its tag last. "
            "Authenticated along with it are all bytes before, followed by a name: that of the "
            "file for a picture, or `part ID title` or `part ID application`, ID being that of "
            "the part.",
            'A field of a sealed part then is `{"locked": BASE64}`, whose content is the object '
            "with `salt` and `value`: the salt alone would let a title be guessed. In an open "
            "part its content is an object with `value`. A segment of the database has what its "
            "part has, and the id of that as `part`.",
            "The keys are in the file `pictures.key` of the settings folder, or in the keyring of "
            f"the desktop as the secret `{NAME_IN_KEYRING}` of the service `worklog`: one a line, "
            f"{KEY_BYTES} bytes in lower-case hex digits. The last line of the place that "
            "`storage.key` names encrypts, all lines of both places decrypt. The id of a key is "
            f"the first {ID_BYTES} bytes of the SHA-256 of the text `worklog picture key`, a NUL, "
            "and the key. No backup has keys.",
        ),
    )


def _proofs() -> list[str]:
    return mdoc.section(
        "PROOFS",
        mdoc.prose(
            "What `worklog prove` writes is an HTML page with a JSON object in its element "
            "`proof`: the `proof` itself, a `manifest` and a `signature`. The manifest maps the "
            "path of each leaf of the proof to the SHA-256 of its canonical form, as hex. A path "
            "is names and positions with `/` between them, a name written as in RFC 6901; a list "
            "without objects in it is one leaf. The signature is Ed25519, by the key `key` of the "
            "proof, over the ASCII text `worklog proof 1`, a byte of zero, and the canonical form "
            "of the manifest.",
            "The members of the proof:",
        ),
        _table(PROOF),
    )


def _amendments() -> list[str]:
    return mdoc.section(
        "AMENDMENTS",
        mdoc.prose(
            "One command writes one amendment with all its targets. It is JSON in canonical form:"
        ),
        _table(
            (
                ("v", f"{AMENDMENT_FORMAT}, the version of the format."),
                ("kind", "What it does; see below."),
                ("id", "Its id."),
                (
                    "stamp",
                    "A pair: milliseconds of a hybrid logical clock, and a counter within them.",
                ),
                ("author", "`freelancer`, or the name of an account."),
                ("device", "Id of the installation that wrote it."),
                ("change", "What belongs to its kind."),
            )
        ),
        mdoc.prose(
            "Amendments are ordered by stamp, then by id; the later one wins, field by field. An "
            "amendment of an unknown kind is kept and has no effect. The kinds, with the members "
            "of `change`:"
        ),
        _table(CHANGES),
    )


def _cache() -> list[str]:
    paths = {path: meaning for path, meaning in files() if path.startswith("~/.local/share")}
    return mdoc.section(
        "THE CACHE",
        mdoc.prose("In the data folder, see worklog(1), are:"),
        mdoc.tagged(
            (f"Pa {mdoc.code(path.rpartition('worklog/')[2])}", mdoc.prose(meaning))
            for path, meaning in paths.items()
        ),
        mdoc.subsection(
            "Journals",
            mdoc.prose(
                "The journals hold everything that the database holds. There is a file for each "
                "UTC day, named by what a line is about and not by when it was written. Each line "
                "is a JSON object in canonical form with "
                f"`v` ({JOURNAL_FORMAT}), `kind`, the members of that kind, and `sum`: the first "
                "16 hex digits of the SHA-256 of the canonical form of all the others. A line "
                "whose sum is wrong is damaged and to be passed over, and so is a last line "
                "without its end.",
                "To make a diary of them, read all amendments first, as an erasure must hold for "
                "lines that stand before it as well. The kinds, with their members:",
            ),
            _table(JOURNAL),
            mdoc.prose(f"The ending of a session is one of {_list(Ending)}."),
        ),
        mdoc.subsection(
            "Pictures",
            mdoc.prose(
                "WebP files under 32 random hex digits, in folders named by the first two: "
                "`NAME.webp` is the picture and `NAME.thumb.webp` its thumbnail. A name says "
                "nothing about what it holds; the line `picture` of a journal tells to which "
                "capture it belongs. No two captures share a file, even if they are equal."
            ),
        ),
        mdoc.subsection(
            "Database",
            mdoc.prose(
                "A SQLite database with a rollback journal. Its application id is 0x574B4C47 and "
                f"its user version {len(schema.scripts())}, the number of migrations that it has "
                "seen. Columns that end in `_ms` are milliseconds since the epoch. `segments` "
                "follows from the rest; `journals`, `mailbox`, `scrub` and `outbox` are about "
                "work under way on this machine; all else stands in the journals too. Its tables:"
            ),
            _table(tables()),
        ),
        mdoc.subsection(
            "Live counts",
            mdoc.prose(
                "The file `live` is a page of 4096 bytes with two halves that are written in turn. "
                "A half is: the bytes `WKL1`; the CRC-32 of what follows; a number of 8 bytes, of "
                "which the greater one counts; the length of the text in 4 bytes; and the text, "
                "JSON with `part`, `at`, `end`, `running` and `counts`. Numbers have their least "
                "byte first."
            ),
        ),
        mdoc.subsection(
            "Backups",
            mdoc.prose(
                "An uncompressed tar archive (ustar) with `manifest.json` first, then "
                "`device.key`, the journals as `journal/YYYY-MM-DD.jsonl` and the pictures as "
                "`pictures/XX/NAME.webp`. A picture that consists of zeros was erased since."
            ),
        ),
        mdoc.subsection(
            "Signing key",
            mdoc.prose("The file `device.key` is an Ed25519 key in PEM (PKCS #8), not encrypted."),
        ),
        mdoc.subsection(
            "Restore token",
            mdoc.prose(
                "The file `screencast.token` is one line: what the desktop's portal gave with the "
                "last picture and takes for the next one, printable ASCII of at most 200 "
                "characters. It belongs to the desktop and is no part of the diary."
            ),
        ),
    )


def _contracts() -> list[str]:
    return mdoc.section(
        "CONTRACTS",
        mdoc.prose("A contract is JSON in canonical form:"),
        _table(
            (
                ("v , kind", "1 and `contract`."),
                ("contract", "Its id."),
                ("name , client , title", "Text; the name is unique on a device."),
                ("labels", "Activity labels to choose from; none means that any may be used."),
                ("service", "Address of the diary service; empty for a local contract."),
                ("archived", "True or false."),
                ("terms", "Dated terms, each holding from its `since` on."),
            )
        ),
        mdoc.prose("Terms are:"),
        _table(
            (
                ("since", "Milliseconds."),
                ("currency", "ISO 4217; empty without a rate."),
                ("rate", "For an hour, a decimal string; or null."),
                ("weekly_limit", "Seconds, or null."),
                ("billing", "`slot`: ten minutes a segment; `minute`: its green minutes."),
                ("week_start , week_hour", "Weekday from 0 for Monday, and hour in UTC."),
                ("locks", "Whether weeks lock twelve hours after their end."),
                ("manual_time", "Whether time may be added by hand."),
                ("memo_required , label_required", "Whether tracking needs them."),
                ("allowance", "Unproven time that bills in a week, in seconds."),
                ("retention", "How long a service keeps pictures and titles after the lock [s]."),
                ("dispute_period", "How long after the lock the client may dispute [s]."),
                (
                    "policy",
                    (
                        "`version`; `screenshots`: `required`, `optional` or `forbidden`; "
                        "`titles`: whether they are kept; `pixelate`: edge of the blocks in "
                        "pixels, or 0."
                    ),
                ),
            )
        ),
    )


def _standards() -> list[str]:
    return mdoc.prose(
        "RFC 3339 (instants), RFC 8032 (Ed25519), RFC 8259 (JSON), RFC 8785 (canonical JSON), "
        "RFC 9562 (UUIDs), FIPS 180-4 (SHA-256), RFC 9649 (WebP), IEEE 1003.1 (ustar)."
    )


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    return mdoc.tagged((_heading(names), mdoc.prose(meaning)) for names, meaning in rows)


def _heading(names: str) -> str:
    return " , ".join(mdoc.words(name) for name in names.split(" , "))


def _list(words: type[StrEnum]) -> str:
    return ", ".join(f"`{word.value}`" for word in _each(words))


def _each(words: type[StrEnum]) -> Iterator[StrEnum]:
    yield from words
