"""A proof in a real browser without a network: it shows itself, and names what was changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.proven import RANGE, proven_desk, sealed_in
from tests.support.sync_home import GLOBEX
from tests.web.conftest import accessible, keep_picture
from worklog.cache.keys import DeviceKey
from worklog.cli.render.proof import proof_page
from worklog.domain.canonical import Json
from worklog.wire.proof import encode_proof, leaves

Sealed = dict[str, Any]  # JSON
OTHER_PICTURE = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="  # one pixel


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    desk = proven_desk(tmp_path)
    target = tmp_path / "proof.html"
    desk.ok("prove", RANGE, "--contract", GLOBEX.name, "-o", str(target))
    return sealed_in(target.read_text())


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(offline=True, viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def show(page: Page, folder: Path, sealed: Mapping[str, Json]) -> None:
    """Open *sealed* as the file that it would be, and wait for its verdict."""
    target = folder / "shown.html"
    target.write_text(proof_page(sealed))
    page.goto(target.as_uri())
    expect(page.locator("#verdict.holds, #verdict.broken")).to_be_visible()


def changed(leaf: Json) -> Json:
    """Return another value of the same kind, changed as little as can be."""
    match leaf:
        case bool():
            return not leaf
        case int():
            return leaf + 1
        case str():
            return leaf[:-1] + ("0" if leaf[-1:] != "0" else "1")
        case [first, *rest]:
            return [changed(first), *rest]
        case None:
            return 0
        case _:
            return ["x"]


def with_other(sealed: Sealed, path: str, *values: Json) -> Sealed:
    """Return *sealed* with the leaf at *path* changed: to the value given, or to another."""
    made = copy.deepcopy(sealed)
    place: Any = made
    *way, last = [name.replace("~1", "/").replace("~0", "~") for name in path.split("/")]
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place[name]
    last_at = int(last) if isinstance(place, list) else last
    place[last_at] = values[0] if values else changed(place[last_at])
    return made


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_proof_shows_itself_and_holds(
    page: Page, sealed: Sealed, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)

    show(page, tmp_path, sealed)

    expect(page.locator("#verdict h2")).to_have_text("Everything in this file holds")
    expect(page.locator("#verdict p")).to_have_text(
        "3 segments, 2 signed parts, 2 pictures and 4 receipts were checked just now, in this "
        "browser and without a network."
    )
    expect(page.get_by_text("09:00 the login page")).to_be_visible()
    expect(page.get_by_text("Received by https://diary.example").first).to_be_visible()
    expect(page.get_by_text("Added by hand: nothing was recorded.")).to_be_visible()
    expect(page.get_by_text("erased since: picture.0")).to_be_visible()
    picture = page.get_by_alt_text("Screen at").first
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 640
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    keep_picture(page, f"proof-{width}", tmp_path)


def test_a_picture_opens_large_by_keyboard(page: Page, sealed: Sealed, tmp_path: Path) -> None:
    show(page, tmp_path, sealed)

    page.get_by_alt_text("Screen at").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()


def test_every_field_that_is_changed_is_named(page: Page, sealed: Sealed, tmp_path: Path) -> None:
    """Each leaf in turn, headers, salts, signatures, pictures, receipts and terms among them."""
    show(page, tmp_path, sealed)
    paths = [path for path, _ in leaves(sealed["proof"])]
    assert len(paths) > 200

    missed = {}
    for path in paths:
        result = page.evaluate(
            "sealed => worklogProof.verify(sealed)", with_other(sealed, f"proof/{path}")
        )
        named = [problem["path"] for problem in result["problems"]]
        if path not in named:
            missed[path] = named

    assert missed == {}


def test_a_digest_or_the_signature_over_them_that_is_changed_is_named(
    page: Page, sealed: Sealed, tmp_path: Path
) -> None:
    for path in ("signature", f"manifest/{next(iter(sealed['manifest'])).replace('/', '~1')}"):
        show(page, tmp_path, with_other(sealed, path))

        expect(page.locator("#verdict li").first).to_have_text(
            "manifest the signature over the whole does not hold"
        )


def test_the_page_names_a_memo_that_was_changed(page: Page, sealed: Sealed, tmp_path: Path) -> None:
    show(page, tmp_path, with_other(sealed, "proof/segments/0/memo"))

    expect(page.locator("#verdict h2")).to_have_text("1 thing does not hold")
    expect(page.locator("#verdict li")).to_have_text(
        "segment of Mon 16 Nov 2026, 09:00: memo was changed after the proof was made"
    )


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("parts/0/fields/counts/value/keys", [9] * 10, "part of {when}: fields counts"),
        ("parts/0/fields/title/salt", "00" * 32, "part of {when}: fields title"),
        ("parts/0/header/sealed", 1_763_285_000_000, "part of {when}: signature"),
        ("parts/0/pictures/0", OTHER_PICTURE, "part of {when}: pictures 0"),
        ("parts/0/receipts/0/receipt/received", 1, "part of {when}: receipts 0"),
        ("segments/0/slot", "2026-11-16T08:50:00Z", "segment of Mon 16 Nov 2026, 08:50: slot"),
    ],
)
def test_who_signs_a_changed_proof_anew_is_found_out_by_what_was_signed_before(  # noqa: PLR0917
    page: Page, sealed: Sealed, tmp_path: Path, path: str, value: Json, named: str
) -> None:
    """The key that signs the whole is the freelancer's own; that of the service is not."""
    forged = with_other(sealed, f"proof/{path}", value)["proof"]

    show(page, tmp_path, encode_proof(forged, DeviceKey(str(tmp_path / "another.key"))))

    problems = page.locator("#verdict li b").all_inner_texts()
    assert problems[0] == named.format(when="Mon 16 Nov 2026, 09:00")


def test_a_file_that_was_cut_says_so(page: Page, sealed: Sealed, tmp_path: Path) -> None:
    text = proof_page(sealed)
    target = tmp_path / "cut.html"
    begin = text.index(json.dumps("manifest"))
    target.write_text(text[:begin] + text[begin + 10 :])

    page.goto(target.as_uri())

    expect(page.locator("#verdict h2")).to_have_text("This file was damaged")
