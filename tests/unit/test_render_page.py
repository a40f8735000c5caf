"""The self-contained page: whole, still, and nobody's text becomes markup (T6)."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from tests.support.example_diary import (
    ACME,
    BERLIN,
    CONTRACTS,
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    NOW,
    THURSDAY,
    stored,
    thursday_rows,
    week_rows,
)
from tests.support.golden import check
from worklog.cli.json import Files
from worklog.cli.render.diary import DiaryView
from worklog.cli.render.look import Look
from worklog.cli.render.page import PagePicture, page
from worklog.cli.render.page_files import page_pictures
from worklog.cli.render.pictures import INSTEAD, block, can_show, strip
from worklog.domain.activity import Activity
from worklog.domain.ids import AmendmentId
from worklog.domain.segment import Bill, Reason, Segment
from worklog.domain.segment_words import UNCOUNTED
from worklog.domain.timesheet import weeks

ROWS = week_rows()
WEEKS = weeks(ROWS, CONTRACTS)
DAY = DiaryView(thursday_rows(), CONTRACTS, THURSDAY, FRIDAY, NOW, WEEKS[:1])
WEEK = DiaryView(ROWS, CONTRACTS, MONDAY, NEXT_MONDAY, NOW, WEEKS)
VOID = {"meta", "img", "link", "br"}

HOLES = [
    "<script>PAYLOAD</script>",
    "<img src=x onerror=PAYLOAD>",
    "<svg onload=PAYLOAD>",
    "<svg><script>PAYLOAD</script></svg>",
    "<iframe src=javascript:PAYLOAD>",
    "<a href=javascript:PAYLOAD>x</a>",
    "<body onload=PAYLOAD>",
    "<details open ontoggle=PAYLOAD>",
    "<math><mtext><script>PAYLOAD</script>",
    "<object data=javascript:PAYLOAD>",
    "<embed src=javascript:PAYLOAD>",
    "<style>@import 'http://evil'</style>",
    "<link rel=stylesheet href=http://evil>",
    "<meta http-equiv=refresh content='0;url=http://evil'>",
    "<base href=http://evil>",
    "<form action=http://evil><input autofocus onfocus=PAYLOAD>",
    "<video><source onerror=PAYLOAD>",
    "<template><script>PAYLOAD</script></template>",
    "<noscript><p title='</noscript><script>PAYLOAD</script>'>",
    "<marquee onstart=PAYLOAD>",
    "<dialog open onclose=PAYLOAD>",
    "<xmp><script>PAYLOAD</script>",
    "<plaintext>",
    "<!--<script>PAYLOAD</script>",
    "{{7*7}}${7*7}<%= 7*7 %>",
]
WRAPS = ["{}", '">{}', "'>{}", "</template></button>{}", "</title></style></script>{}", "-->{}"]
PAYLOADS = [wrap.format(hole.replace("PAYLOAD", "alert(1)")) for hole in HOLES for wrap in WRAPS]


class Outline(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.titles: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        values = dict(attrs)
        self.links += [values[name] or "" for name in ("href", "src", "action") if name in values]
        self.titles += [values["title"] or ""] if "title" in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def picture(size: tuple[int, int] = (480, 270)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (30, 90, 160)).save(stream, "WEBP")
    return stream.getvalue()


def with_text(segment: Segment, field: str, text: str) -> Segment:
    match field:
        case "memo":
            return replace(segment, memo=text)
        case "label":
            return replace(segment, label=text)
        case "application":
            return replace(segment, application=text)
        case _:
            return replace(segment, title=text)


def test_the_page_of_a_day_looks_like_this() -> None:
    key = DAY.rows[0].segment.key
    text = page(DAY, zone=BERLIN, pictures={key: [PagePicture(b"RIFFsmall", b"RIFFlarge")]})
    main = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", text, flags=re.DOTALL)

    main = re.sub(r"sha256-[^&]*", "sha256-DIGEST", main)

    check("page-day.html", main.replace("><", ">\n<"))


def test_every_tag_is_closed_in_order() -> None:
    for view in (DAY, WEEK, DiaryView([], {}, THURSDAY, FRIDAY, NOW)):
        assert Outline(page(view, zone=BERLIN)).open == []


def test_the_page_asks_for_nothing_outside_itself() -> None:
    key = DAY.rows[0].segment.key
    text = page(WEEK, zone=BERLIN, pictures={key: [PagePicture(picture(), picture((960, 540)))]})

    outline = Outline(text)

    assert {link[:11] for link in outline.links} <= {"data:image/", "#d2026-11-1"}
    assert not re.search(r"https?://|@import|url\((?!#hatch)", text)
    assert not any(
        name.startswith("on") or name == "style" for _, names in outline.tags for name in names
    )


def test_its_policy_allows_just_its_own_style_and_script() -> None:
    text = page(DAY, zone=BERLIN)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None

    for name in ("style", "script"):
        (own,) = re.findall(f"<{name}>(.*?)</{name}>", text, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{name}-src &#x27;sha256-{digest}&#x27;" in policy[1]
    assert policy[1].startswith("default-src &#x27;none&#x27;; img-src data:;")


@pytest.mark.parametrize("field", ["memo", "label", "application", "title", "contract"])
def test_t6_150_payloads_in_each_field_come_out_as_text(field: str) -> None:
    rows = [DAY.rows[number % 5] for number in range(len(PAYLOADS))]
    harmless, hostile = Outline(""), Outline("")
    for number, (row, payload) in enumerate(zip(rows, PAYLOADS, strict=True)):
        for text in ("harmless", payload):
            contracts = CONTRACTS
            segment = row.segment
            if field == "contract":
                contracts = {ACME.contract_id: replace(ACME, name=text)}
            else:
                segment = with_text(segment, field, text)
            view = DiaryView([replace(row, segment=segment)], contracts, THURSDAY, FRIDAY, NOW)
            outline = Outline(page(view, zone=BERLIN))
            harmless, hostile = (outline, hostile) if text == "harmless" else (harmless, outline)
        assert hostile.tags == harmless.tags, number
        shown = "\n".join(hostile.text)
        assert payload in shown, number


def test_a_page_without_segments_says_what_to_do() -> None:
    text = page(DiaryView([], {}, THURSDAY, FRIDAY, NOW), zone=BERLIN)

    assert "Nothing was tracked in this time." in text
    assert "<code>worklog start" in text


def test_a_page_of_deleted_segments_has_no_map() -> None:
    gone = replace(DAY.rows[0], segment=replace(DAY.rows[0].segment, is_deleted=True))
    later = [row for row in ROWS if row.segment.key.slot.start < THURSDAY][:1]
    gone_too = [replace(row, segment=replace(row.segment, is_deleted=True)) for row in later]

    text = page(replace(WEEK, rows=[*gone_too, gone]), zone=BERLIN)

    assert '<table class="map">' not in text
    assert text.count('class="segment c') == 2


def test_what_is_over_the_limit_or_without_a_memo_can_be_seen() -> None:
    over = replace(DAY.rows[0], bill=Bill(0, Reason.OVER_LIMIT))
    none = replace(DAY.rows[2], segment=replace(DAY.rows[2].segment, memo="", label="dev"))

    text = page(replace(DAY, rows=[over, none]), zone=BERLIN)

    assert 'class="memo c2 s1 over"' in text
    assert 'class="memo c4 s1 none"' in text


def test_several_memos_of_a_segment_and_its_changes_are_told() -> None:
    row = DAY.rows[10]
    segment = replace(
        row.segment,
        spans=((0, 300, "one", ""), (300, 600, "two", "")),
        history=(AmendmentId("a1"),),
        is_late=True,
    )

    text = page(replace(DAY, rows=[replace(row, segment=segment)]), zone=BERLIN)

    assert "<dt>0:00 to 5:00</dt><dd>one</dd>" in text
    assert "<dt>changed</dt><dd>1 time</dd>" in text
    assert '<span class="late"><b>0:10</b>' in text


# --- Files ----------------------------------------------------------------------------


def test_r8_minutes_that_were_seen_and_not_counted_are_shown_as_such() -> None:
    row = next(row for row in DAY.rows if row.segment.activity.is_counted)
    active = row.segment.activity.active
    seen = replace(row, segment=replace(row.segment, activity=Activity(active=active)))

    text = page(replace(DAY, rows=[seen]), zone=BERLIN)

    assert f"Keys, clicks and scrolls are {UNCOUNTED}." in text


def test_pictures_are_read_up_to_a_budget(tmp_path: Path) -> None:
    rows = [row for row in DAY.rows if stored(row, str(tmp_path))][:3]
    found = [replace_folder for row in rows for replace_folder in stored(row, str(tmp_path))]
    (tmp_path / "pictures").mkdir()
    for each in found[:2]:
        Path(each.file).write_bytes(b"RIFF" + b"x" * 96)
        Path(each.thumbnail).write_bytes(b"RIFF")

    pictures = page_pictures(rows, Files.of(found), read=read_file, budget=150)

    assert list(pictures) == [row.segment.key for row in rows[:2]]  # the third file is gone
    assert [len(each[0].image) for each in pictures.values()] == [100, 0]
    assert page_pictures(rows, Files(), read=read_file) == {}


def read_file(path: str) -> bytes:
    return Path(path).read_bytes() if Path(path).exists() else b""


def test_a_thumbnail_is_drawn_in_half_blocks(tmp_path: Path) -> None:
    file = tmp_path / "small.png"
    image = Image.new("RGB", (4, 4), (255, 0, 0))
    image.paste((0, 0, 255), (0, 2, 4, 4))
    image.save(file)

    assert block(file.read_bytes(), 2, 1) == ["\x1b[38;2;255;0;0;48;2;0;0;255m▀▀\x1b[0m"]


def test_what_is_no_picture_leaves_its_place_empty() -> None:
    assert block(b"no picture", 2, 1) is None
    assert strip([b"no picture", None, b""], indent=2, width=4, look=Look(colour=True)) == [""]


def test_pictures_need_colour_and_unicode_and_a_sentence_says_where_else_they_are() -> None:
    assert [can_show(Look(colour=c, unicode=u)) for c in (True, False) for u in (True, False)] == [
        True,
        False,
        False,
        False,
    ]
    assert "diary --open" in INSTEAD
