"""What doctor, check, backup and restore answer."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worklog.cli.choosing import confirm
from worklog.cli.outstanding import sync_remarks
from worklog.domain.wording import count
from worklog.errors import (
    AlreadyTrackingError,
    CacheUnwritableError,
    CaptureUnavailableError,
    ConfigInvalidError,
    FindingsError,
    NotFoundError,
    WorklogError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worklog.cache.check import Report
    from worklog.cli.context import AppContext
    from worklog.cli.render.look import Look

MEBIBYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing beside the capture ways that `doctor` looks at.

    Attributes:
        what: `cache`, `disk`, `zone`, `config`, `tracker`, `consent`, `camera`, `service`,
            `secrets`, `encryption`.
        is_fine: Whether it is.
        message: What was found.
        fix: What helps; empty where nothing needs to.
    """

    what: str
    is_fine: bool
    message: str
    fix: str = ""


def show_doctor(context: AppContext) -> None:
    """Show ports by ways and the rest of this machine, with fixes."""
    from worklog.capture.select import PORTS, in_use, survey
    from worklog.cli.machine import session_environment
    from worklog.cli.render.checks import CheckRow, WayRow, checks, doctor

    found = survey(session_environment(context), clock=context.clock, stream=sys.stderr)
    rows = sorted(found, key=lambda row: PORTS.index(row.port))
    remarks, look = remarks_of(context), _look(context)
    used = in_use(rows, _wanted(context))
    context.output.result(
        {
            "ways": [
                {
                    "port": row.port,
                    "way": row.way,
                    "works": row.works,
                    "in_use": row in used,
                    "reason": row.reason,
                    "fix": row.fix or None,
                }
                for row in rows
            ],
            "remarks": [
                {"what": r.what, "ok": r.is_fine, "message": r.message, "fix": r.fix or None}
                for r in remarks
            ],
        },
        lambda: "\n\n".join(
            (
                doctor(
                    [WayRow(r.port, r.way, r.reason, r.fix, is_chosen=r in used) for r in rows],
                    look,
                ),
                checks(
                    [
                        CheckRow(r.what, "ok" if r.is_fine else "warning", r.message, r.fix)
                        for r in remarks
                    ],
                    look,
                ),
            )
        ),
    )


def _wanted(context: AppContext) -> Mapping[str, str]:
    """Return the ways that the settings name; none where those cannot be read."""
    from worklog.cli.machine import wanted_ways

    try:
        return wanted_ways(context.settings)
    except ConfigInvalidError:
        return {}


def remarks_of(context: AppContext) -> list[Remark]:
    """Look at settings, zone, cache, disk and tracker, as far as one leads to the next."""
    from worklog.cli.params import find_zone

    remarks = [_settings(context)]
    if not remarks[0].is_fine:
        return remarks
    found = find_zone(context.settings, context.environ)
    remarks.append(
        Remark(
            "zone", not found.problem, found.problem or f"{found.zone.key} (from {found.source})"
        )
    )
    remarks += [_cache(context), _disk(context)]
    if remarks[-2].is_fine:
        remarks += [
            _tracker(context),
            _consent(context),
            _camera(context),
            *sync_remarks(context),
        ]
    remarks += [_secrets(context), *_encryption(context)]
    return remarks


def check_cache(context: AppContext, *, evidence: bool, pictures: bool, rebuilds: bool) -> None:
    """Check the cache, after making it anew where that was asked for.

    Raises:
        AlreadyTrackingError: it cannot be rebuilt under a running tracker.
    """
    from worklog.cache.check import check
    from worklog.cache.rebuild import rebuild
    from worklog.cache.storage_key import LOST_KEY
    from worklog.cli.render.checks import CheckRow, checks

    brought_back = None
    if rebuilds:
        _check_alone(context, "rebuilt")
        context.let_go()
        brought_back = rebuild(context.places, now_ms=context.clock.now_ms())
    context.recover()
    report = check(context.cache, evidence=evidence, pictures=pictures)
    problems = []
    if report.findings:
        does = "does" if len(report.findings) == 1 else "do"
        msg = f"{count(len(report.findings), 'thing')} {does} not fit."
        hint = "`worklog check --rebuild` makes the database anew; pictures cannot be."
        if all(found.code.endswith("-locked") for found in report.findings):
            hint = LOST_KEY
        problems = [FindingsError(msg, hint=hint)]
    context.output.result(
        {
            "findings": [
                {"code": f.code, "subject": f.subject, "message": f.message}
                for f in report.findings
            ],
            "segments": report.segments,
            "pictures": report.pictures,
            "records": report.records,
            "erased_fields": report.erased,
            "orphans_removed": report.orphans,
            "rebuilt_entries": brought_back,
        },
        lambda: checks(
            [
                *(
                    CheckRow(found.subject, "bad", f"{found.message} ({found.code})")
                    for found in report.findings
                ),
                *(CheckRow(what, "ok", detail) for what, detail in _looked_at(report)),
            ],
            context.look,
        ),
        problems=problems,
    )


def make_backup(context: AppContext, file: str | None) -> None:
    """Copy the diary into one file."""
    from worklog.cache.archive import backup

    context.recover()
    try:
        path = backup(context.cache, None if file is None else str(Path(file).absolute()))
    except CacheUnwritableError as error:
        if file is None:
            raise
        why = str(error).partition(": ")[2] or str(error)
        msg = f"The backup {file} cannot be written: {why}"
        raise CacheUnwritableError(msg, hint="Choose another place, or free some space.") from error
    size = Path(path).stat().st_size
    context.output.result(
        {"file": path, "bytes": size}, lambda: f"{path} ({size / MEBIBYTE:.1f} MiB)"
    )


def restore_backup(context: AppContext, file: str | None, *, is_sure: bool) -> None:
    """Bring back what a backup has and the diary has not.

    Raises:
        NotFoundError: there is no backup.
        AlreadyTrackingError: a tracker runs.
    """
    from worklog.cache.archive import newest_backup, restore

    _check_alone(context, "restored")
    path = file or newest_backup(context.cache)
    if path is None:
        msg = "There is no backup in the data folder."
        raise NotFoundError(msg, hint="Name the file: worklog restore FILE.")
    if not Path(path).is_file():
        msg = f"There is no file {path}."
        raise NotFoundError(msg, hint="Name a backup: worklog restore FILE.")
    confirm(context, f"Bring back what {path} has and this diary has not?", is_given=is_sure)
    found = restore(context.cache, str(Path(path).absolute()))
    context.output.result(
        {
            "file": path,
            "parts": found.parts,
            "pictures": found.pictures,
            "kept_deleted": found.erased,
        },
        lambda: f"Brought back {found.parts} parts and {found.pictures} pictures from {path}.",
    )


def _looked_at(report: Report) -> list[tuple[str, str]]:
    looked = [
        ("segments", f"{report.segments} folded and billed anew"),
        ("pictures", f"{report.pictures} looked at"),
    ]
    if report.records:
        erased = f", {report.erased} fields erased" if report.erased else ""
        looked.append(("evidence", f"{report.records} records verified{erased}"))
    if report.orphans:
        looked.append(("orphans", f"{count(report.orphans, 'file')} of crashes removed"))
    return looked


def _check_alone(context: AppContext, what: str) -> None:
    if (pid := context.lock.holder()) is not None:
        msg = f"The cache cannot be {what} while a tracker runs (pid {pid})."
        raise AlreadyTrackingError(msg, hint="Run `worklog stop` first.")


def _look(context: AppContext) -> Look:
    """Return the look of stdout; that of the default settings where there is no other."""
    from worklog.cli.render.look import Look
    from worklog.config import merge

    try:
        return context.look
    except ConfigInvalidError:
        return Look.detect(sys.stdout, context.environ, merge([]))


def _settings(context: AppContext) -> Remark:
    try:
        sources = context.settings.sources
    except WorklogError as error:
        return Remark("config", is_fine=False, message=str(error), fix=error.hint or "")
    own = sum(source != "default" for source in sources.values())
    return Remark("config", is_fine=True, message=f"{count(own, 'setting')} of your own")


def _cache(context: AppContext) -> Remark:
    try:
        contracts = len(context.cache.contracts())
    except WorklogError as error:
        return Remark("cache", is_fine=False, message=str(error), fix=error.hint or "")
    held = f"{context.places.data}, {count(contracts, 'contract')}"
    return Remark("cache", is_fine=True, message=held)


def _disk(context: AppContext) -> Remark:
    folder = Path(context.places.data)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    message = f"{free // MEBIBYTE:,} MiB free"
    if free < context.settings.disk.warn:
        return Remark("disk", is_fine=False, message=message, fix="Free some space.")
    return Remark("disk", is_fine=True, message=message)


def _tracker(context: AppContext) -> Remark:
    pid = context.lock.holder()
    if pid is not None:
        return Remark("tracker", is_fine=True, message=f"running, pid {pid}")
    if context.cache.running_session() is not None:
        return Remark(
            "tracker",
            is_fine=False,
            message="it ended without a word",
            fix="`worklog stop` closes what it left behind; nothing is lost.",
        )
    return Remark("tracker", is_fine=True, message="not running")


def _consent(context: AppContext) -> Remark:
    from worklog.cli.consent import FACT

    setting = context.settings.capture.consent
    answer = setting if setting != "ask" else context.cache.remembered(FACT)
    if answer == "yes":
        return Remark("consent", is_fine=True, message="screenshots may be taken")
    said = "nobody has been asked yet" if answer is None else "screenshots were refused"
    return Remark(
        "consent",
        is_fine=answer is not None,
        message=said,
        fix="" if answer else "`worklog config set capture.consent yes` allows them.",
    )


def _secrets(context: AppContext) -> Remark:
    """Say whether pictures can be read for secrets, by reading one."""
    from worklog.app.ports import Box, Frame
    from worklog.capture.ocr_secrets import INSTALL, OcrSecretFinder

    finder, is_wanted = OcrSecretFinder(), context.settings.redact.secrets
    reason = finder.unavailable_reason()
    if reason is None and is_wanted:
        try:
            finder.find(Frame(0, Box(0, 0, 64, 64), bytes(3 * 64 * 64)))
        except CaptureUnavailableError as error:
            reason = str(error)
    if reason is not None and is_wanted:
        msg = f"{reason}: no screenshot is kept while `redact.secrets` is on"
        return Remark("secrets", is_fine=False, message=msg, fix=INSTALL)
    if is_wanted:
        return Remark("secrets", is_fine=True, message="covered in screenshots, by rapidocr")
    can = "are not covered in screenshots, but could be (`redact.secrets`)"
    cannot = f"are not covered in screenshots: {reason}"
    return Remark("secrets", is_fine=True, message=can if reason is None else cannot)


def _encryption(context: AppContext) -> Iterator[Remark]:
    """Say where the key is that pictures and titles are encrypted with; nothing where none is."""
    from worklog.cache.storage_key import KeyPlace, StorageKey

    key, is_on = StorageKey(context.places.picture_key), context.settings.storage.encrypt
    key.keyring = lambda: context.keyring
    is_in_keyring = KeyPlace(context.settings.storage.key) is KeyPlace.KEYRING
    try:
        in_file = key.file_keys()
        in_keyring = key.keyring_keys() if is_on and is_in_keyring else []
    except CacheUnwritableError as error:
        msg = f"{str(error).rstrip('.')}: new pictures and titles are not kept"
        msg = msg if is_on else str(error)
        yield Remark("encryption", is_fine=False, message=msg, fix=error.hint or "")
        return
    file = f"in {key.path}"
    if is_on:
        keys = in_keyring if is_in_keyring else in_file
        where = "in the keyring" if is_in_keyring else file
        said = where if keys else f"made {where} when it is needed"
        older = f"; older ones {file}" if is_in_keyring and set(in_file) - set(in_keyring) else ""
        copied = f"; also {file}, which may go" if is_in_keyring and in_file and not older else ""
        msg = f"pictures and titles, with a key {said}{older}{copied}"
        yield Remark("encryption", is_fine=True, message=msg)
    elif in_file:
        msg = f"off for what is new; the key of what is there is {file}"
        yield Remark("encryption", is_fine=True, message=msg)


def _camera(context: AppContext) -> Remark:
    """Look at the camera without opening it."""
    from worklog.cli.consent import CAMERA_FACT
    from worklog.cli.machine import find_camera

    camera = find_camera(context)
    if camera is None:
        return Remark("camera", is_fine=True, message="off")
    reason = camera.unavailable_reason()
    if reason is not None:
        return Remark("camera", is_fine=False, message=reason, fix=camera.fix())
    setting = context.settings.camera_consent
    answer = setting if setting != "ask" else context.cache.remembered(CAMERA_FACT)
    said = {"yes": "may be used", "no": "was refused"}.get(answer or "", "nobody was asked yet")
    return Remark("camera", is_fine=True, message=f"{camera.source}, {said}")
