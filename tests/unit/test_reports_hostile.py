"""What anybody may write into a memo comes out of every format as text and nothing else."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable, Mapping
from typing import Final

import openpyxl
import pytest
import vobject

from tests.support.sheets import sheet
from worklog.domain.text import MEMO_LENGTH
from worklog.reports import forms, write
from worklog.reports.cells import cell

MEMOS: Final[Mapping[str, str]] = {
    "formula": "=1+1",
    "command": "=cmd|' /C calc'!A0",
    "at": "@SUM(A1:A9)",
    "link": '=HYPERLINK("http://evil.example","pay")',
    "escape": "\x1b]0;owned\x07\x1b[31mred\x9b2J",
    "override": "pay \u202e001 \u2066x\u2069 EUR",
    "lines": "one\r\ntwo\nEND:VEVENT\u2028three\x00",
    "surrogate": "half \ud800 of it",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "quote": '"><b onmouseover="x">&amp;</b>',
    "latex": "\\input{/etc/passwd} $x$ %",
    "wiki": "{{evil}} [[link]] |cell| ![i](http://evil.example/i.png) ''b''",
    "rst": ".. include:: /etc/passwd",
    "long": "x" * 10_000,
}
# Control characters, and those that turn the rest of a line round.
OBEYED: Final = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
MARKUP: Final = frozenset({"html", "unsafehtml", "mediawiki", "textile", "md", "github", "pipe"})


def text_of(form: str, memo: str) -> str:
    content = write(sheet("contract", "memo", memo=memo), form)
    return _READERS[form](content) if form in _READERS else content.decode()


def _cells(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = [row for page in book for row in page.iter_rows()]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d"}
    return "\n".join(" ".join(str(cell.value) for cell in row) for row in rows)


def _events(content: bytes) -> str:
    calendar = vobject.readOne(content.decode())
    (event,) = calendar.vevent_list
    return f"{event.summary.value}\n{event.description.value}"


def _words(content: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
    assert b"/URI" not in content
    assert b"/JavaScript" not in content
    # What poppler adds of its own: form feeds between sheets, marks around Hebrew.
    return " ".join(done.stdout.decode().split())


def _body(content: bytes) -> str:
    text = content.decode().partition("<body>")[2]
    return re.sub(r"</?(bdi|b|img class)\b", "", text)


_READERS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "xlsx": _cells,
    "ics": _events,
    "html": _body,
    "pdf": _words,
}


@pytest.mark.parametrize("form", forms())
@pytest.mark.parametrize("memo", MEMOS.values(), ids=list(MEMOS))
def test_t6_t7_a_hostile_memo_comes_out_harmless(form: str, memo: str) -> None:
    text = text_of(form, memo)
    calm = text_of(form, "calm")

    assert not OBEYED.search(text.replace("\t", "") if form == "tsv" else text)
    assert text.count("\n") == calm.count("\n")
    assert form not in MARKUP or not re.search(r"<(script|img|b)\b", text)


@pytest.mark.parametrize("form", forms())
def test_a_memo_without_end_is_cut_where_people_read_it(form: str) -> None:
    text = text_of(form, "x" * 10_000)

    is_for_programs = form in {"csv", "json", "ndjson"}
    # A PDF breaks the memo over lines, which read as spaces.
    longest = max(len(run) for run in re.findall("x+", re.sub("(?<=x) (?=x)", "", text)))
    assert longest == (10_000 if is_for_programs else MEMO_LENGTH - 1)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("md", r"\[\[a\]\] \| \*b\* &lt;i&gt; \{c\} \_d"),
        ("jira", r"\[\[a\]\] \| \*b\* <i> \{c\} \_d"),
        ("rst", r"\[[a]] \| \*b\* <i> {c} \_d"),
        ("orgtbl", r"[[a]] \vert{} *b* <i> {c} _d"),
        ("unsafehtml", "[[a]] | *b* &lt;i&gt; {c} _d"),
        ("latex_raw", r"[[a]] | *b* \ensuremath{<}i\ensuremath{>} \{c\} \_d"),
        (
            "mediawiki",
            "&#91;&#91;a&#93;&#93; &#124; &#42;b&#42; &#60;i&#62; &#123;c&#125; &#95;d",
        ),
        ("grid", "[[a]] | *b* <i> {c} _d"),
        ("tsv", "[[a]] | *b* <i> {c} _d"),
    ],
)
def test_each_family_of_markup_has_its_own_escape(form: str, shown: str) -> None:
    assert cell("[[a]] | *b* <i> {c} _d", form) == shown


def test_a_sheet_of_tabs_has_no_formula_either() -> None:
    assert cell("=1+1", "tsv") == "'=1+1"
    assert cell(".. include:: x", "rst") == r"\.. include:: x"
