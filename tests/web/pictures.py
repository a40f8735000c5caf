"""Pictures of pages for the README, made from what the tests show."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.support.pictures import save
from tests.support.tracker_process import CHECKOUT

COMMITTED = CHECKOUT / "docs" / "images"
MOST_BYTES = 300_000


def kept(page: Page, name: str, folder: Path, *, colours: int = 128) -> Image.Image:
    """Save what *page* shows, under docs/images too where that is asked for."""
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as shot:
        image = shot.convert("RGB")
    folders = [folder, COMMITTED] if os.environ.get("UPDATE_PICTURES") else [folder]
    for place in folders:
        save(image, place / name, colours=colours)
    assert (folder / name).stat().st_size <= MOST_BYTES
    return image
