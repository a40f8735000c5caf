"""A diary of three segments with everything that can be proven.

Two have pictures, one of them covered; one was added by hand; all of it is receipted. A
fourth is of another contract, of which a proof says nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from PIL import Image

from tests.support.cache_values import NINE, SLOT, amendment
from tests.support.cli import Desk
from tests.support.fake_service import FakeService
from tests.support.sync_home import GLOBEX, LOCAL, SERVICE, Home
from worklog.app.ports import EncodedPicture
from worklog.domain.amendment import (
    Change,
    Describe,
    Key,
    Manual,
    ManualSpan,
    Redact,
    RedactedPicture,
)
from worklog.domain.grid import Slot
from worklog.domain.part import Part
from worklog.remote.token_file import Login, Logins

RANGE: Final = "2026-11-16 09:00..2026-11-16 09:30"
COVERED: Final = 300  # [‰]


def proven_desk(folder: Path) -> Desk:
    """Return a desk whose diary is synced, an hour after the last segment."""
    desk = Desk(folder, now=NINE + timedelta(hours=2), zone="UTC")
    service = FakeService()
    home = Home(Path(desk.environ["WORKLOG_HOME"]), service)
    parts = [home.record(number, pictures=(_picture(number),)) for number in range(2)]
    home.record(3, contract=LOCAL, pictures=(_picture(9),))
    _amend(home, 1, Describe((Key(SLOT, GLOBEX.contract_id),), "the login page", None))
    _cover(home, parts[1])
    span = ManualSpan(Slot(SLOT.index + 2))
    _amend(home, 3, Manual(GLOBEX.contract_id, (span,), "a call with Ada", "meeting"))
    home.sync()
    assert home.waiting == 0
    home.cache.close()
    Logins(desk.places.config).save(Login(SERVICE, "a token", service.key))
    return desk


def sealed_in(page: str) -> dict[str, Any]:
    """Return the value inside the page of a proof."""
    start = page.index('id="proof">') + len('id="proof">')
    found: dict[str, Any] = json.loads(page[start : page.index("</script>", start)])
    return found


def _amend(home: Home, number: int, change: Change) -> None:
    made = amendment(change, device=home.cache.device, at=home.clock.instant, number=number)
    home.cache.amend(made)


def _cover(home: Home, part: Part) -> None:
    covered, monitor = _picture(7), part.captures[0].monitor
    image, small = (hashlib.sha256(data).hexdigest() for data in (covered.image, covered.thumbnail))
    change = Redact((RedactedPicture(part.part_id, monitor, image, small, COVERED),))
    made = amendment(change, device=home.cache.device, at=home.clock.instant, number=2)
    home.cache.amend(made, pictures={(part.part_id, monitor): covered})


def _picture(number: int) -> EncodedPicture:
    image, small = (_webp(number, size) for size in ((640, 360), (480, 270)))
    return EncodedPicture(image, small, width=640, height=360)


def _webp(number: int, size: tuple[int, int]) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (20 * number, 90, 160 - 20 * number)).save(target, "WEBP")
    return target.getvalue()
