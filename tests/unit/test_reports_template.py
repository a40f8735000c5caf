"""Templates of one's own: what they get, and that they cannot get more."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tests.support.sheets import sheet
from worklog.errors import ConfigInvalidError, UsageError
from worklog.reports.report import Letterhead
from worklog.reports.template_writer import FIELDS, FILTERS, is_markup, render, values


def rendered(source: str, name: str = "mine.txt", memo: str | None = None) -> str:
    return render(sheet("contract", "memo", memo=memo), source, name).decode()


def test_a_template_gets_lines_sums_and_contracts() -> None:
    source = """\
{{ title }} {{ period }}
{% for one in contracts %}
{{ one.client }}: {{ one.rate }}
{% endfor %}
{% for line in lines if line.is_group %}
{{ line.name }} {{ line.billed_seconds|hours }} {{ line.amounts|map("money")|join(", ") }}
{% endfor %}
{{ totals.billed_seconds|decimal_hours }} on {{ made_at.strftime("%d.%m.%Y %H:%M") }}
"""

    assert rendered(source) == (
        "Timesheet Mon 16 Nov 2026 to Sun 22 Nov 2026\n"
        "Acme Corporation: 41.67 EUR an hour\n"
        "Globex Inc.: 95.00 USD an hour\n"
        "Acme site 23:20 972.30 EUR\n"
        "Globex 2:40 253.33 USD\n"
        "26.00 on 19.11.2026 17:47\n"
    )


def test_the_manual_lists_what_a_template_gets() -> None:
    assert list(values(sheet())) == list(FIELDS)
    assert set(FILTERS) == {"hours", "decimal_hours", "money", "cell"}


def test_the_letterhead_is_there() -> None:
    report = replace(sheet(), letterhead=Letterhead(b"", ("Ada\x1b", "Berlin"), ("Acme",)))

    text = render(report, "{{ sender|join('/') }} > {{ recipient|join }}", "a").decode()

    assert text == "Ada/Berlin > Acme"


def test_t6_markup_is_text_in_a_template_of_markup() -> None:
    source = "{{ lines[1].name }}"
    memo = "<b>&\x1b"

    assert rendered(source, "a.html.j2", memo) == "&lt;b&gt;&amp;"
    assert rendered(source, "a.txt", memo) == "<b>&"
    assert rendered("{{ lines[1].name|cell('latex_raw') }}", "a.tex", "100 %") == "100 \\%"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.html", True), ("A.XML.Jinja2", True), ("a.tex", False), ("html", False), ("a.j2", False)],
)
def test_the_name_says_whether_it_is_markup(name: str, *, expected: bool) -> None:
    assert is_markup(name) is expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("\n{% for %}", "mine.txt, line 2: Expected an expression, got 'end of statement block'."),
        ("a\n\n{{ nothing }}", "mine.txt, line 3: 'nothing' is undefined."),
        ("{{ 1 / 0 }}", "mine.txt, line 1: division by zero."),
        ("{{ totals|hours }}", "mine.txt, line 1: "),
        ("{{ lines.append(1) }}", "mine.txt, line 1: "),
        ("{{ ''.__class__.__mro__ }}", "mine.txt, line 1: "),
        ("{{ title.format.__globals__ }}", "mine.txt, line 1: "),
        ("{% include '/etc/passwd' %}", "mine.txt, line 1: "),
        ("{% for i in range(10**9) %}{% endfor %}", "mine.txt, line 1: Range too big."),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "mine.txt, line 1: "),
    ],
)
def test_a_template_that_is_wrong_or_reaches_out_is_told_with_its_line(
    source: str, message: str
) -> None:
    with pytest.raises(UsageError) as failed:
        rendered(source)

    assert str(failed.value).startswith(message)
    assert failed.value.hint == "worklog-diary(7) lists what a template gets."


def test_without_jinja_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)

    with pytest.raises(ConfigInvalidError, match="What --template needs is not installed: jinja2"):
        rendered("")
