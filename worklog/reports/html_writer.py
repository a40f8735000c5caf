"""A timesheet as one HTML file for a client: readable on a phone, printed on A4.

Style and pictures are inside, and the page's own policy allows nothing beyond them: no
request leaves it. All text from outside goes through `_text`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Final

from worklog.domain.grouping import Totals
from worklog.domain.text import printable
from worklog.reports import svg
from worklog.reports.charts import chart, heat
from worklog.reports.content import (
    NOTHING,
    Party,
    explanations,
    figures_of,
    flat,
    line_name,
    parties,
    period,
    terms_of_payment,
    title,
    to_pay,
)
from worklog.reports.report import Report, amount, clipped, currencies, hours

_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'sha256-{style}'; base-uri 'none'; "
    "form-action 'none'"
)
_MINOR: Final = ("manual", "late")  # figures in a colour of their own


def write(report: Report, form: str = "html") -> bytes:
    """Return *report* as an HTML document in UTF-8."""
    del form
    style = files("worklog.reports").joinpath("page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    heading = f"{title(report)}: {period(report)}"
    found = parties(report)
    main = [_contracts(report, found), _lines(report), _to_pay(report)]
    if report.invoice is None:
        main[:1] = [_sums(report), main[0], _pictures(report, found)]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f'content="{escape(_POLICY.format(style=digest))}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(heading)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{_head(report)}\n<main>\n{''.join(main) if report.lines else _empty()}</main>\n"
        f"{_foot(report)}\n</body>\n</html>\n"
    ).encode()


def _head(report: Report) -> str:
    paper = report.letterhead
    logo = ""
    if paper.logo:
        data = b64encode(paper.logo).decode()
        logo = f'<img class="logo" src="data:image/png;base64,{data}" alt="">'
    addresses = "".join(
        f'<address class="{name}"><b>{name}</b>{"".join(_address(lines))}</address>'
        for name, lines in (("from", paper.sender), ("to", paper.recipient))
        if lines
    )
    letter = f'<div class="letter">{addresses}{logo}</div>' if addresses or logo else ""
    below = f'<p class="period">{_text(period(report))}</p>'
    if report.invoice is not None:
        pairs = (
            f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>"
            for name, value in terms_of_payment(report)
        )
        below = f'<dl class="payment">{"".join(pairs)}</dl>'
    return f"<header>{letter}<h1>{_text(title(report))}</h1>{below}</header>"


def _address(lines: Iterable[str]) -> Iterable[str]:
    return (f'<span dir="auto">{_text(line)}</span>' for line in lines)


def _sums(report: Report) -> str:
    figures = report.totals
    tiles = [
        ("billed", hours(figures.billed_seconds)),
        ("tracked", hours(figures.tracked_seconds)),
        *([("manual", hours(figures.manual_seconds))] if report.has_manual() else []),
        *([("late", hours(figures.late_seconds))] if report.has_late() else []),
        *((code, f"{figures.amounts[code]:,}") for code in currencies(report)),
    ]
    shown = "".join(
        f'<div class="{_class(head)}"><dt>{_text(head)}</dt><dd>{figure}</dd></div>'
        for head, figure in tiles
    )
    return f'<dl class="sums">{shown}</dl>\n'


def _contracts(report: Report, found: Sequence[Party]) -> str:
    rows = "".join(
        f'<tr><th scope="row"><svg class="key" width="10" height="10" aria-hidden="true">'
        f'<rect class="c{number % svg.COLOURS}" width="10" height="10" rx="2"/></svg> '
        f'{_name(party.contract.name)}<span class="about">{_about(party)}</span></th>'
        f'<td data-head="rate">{_text(party.rate)}</td>'
        f"{_figures(report, party.totals)}</tr>"
        for number, party in enumerate(found)
    )
    heads = _heads(["contract", "rate", *figures_of(report)], texts=2)
    return f"<section><h2>Contracts</h2><table>{heads}<tbody>{rows}</tbody></table></section>\n"


def _about(party: Party) -> str:
    words = (party.contract.client, party.contract.title)
    return " · ".join(f"<bdi>{_text(word)}</bdi>" for word in words if word)


def _pictures(report: Report, found: Sequence[Party]) -> str:
    names = [printable(party.contract.name) for party in found]
    drawn = chart(report, tuple(party.contract.contract_id for party in found))
    return (
        '<div class="pictures">'
        f"<section><h2>Billed hours</h2>{svg.bars(drawn, names)}</section>"
        f"<section><h2>At work</h2>{svg.heat_map(heat(report))}</section></div>\n"
    )


def _lines(report: Report) -> str:
    rows = "".join(
        f'<tr class="d{depth}{" group" if line.lines else ""}">'
        f'<th scope="row">{_name(line_name(report, line), is_empty=not line.value)}</th>'
        f"{_figures(report, line.totals)}</tr>"
        for line, depth in flat(report.lines)
    )
    total = f'<tr><th scope="row">Total</th>{_figures(report, report.totals)}</tr>'
    return (
        f"<section><h2>By {_text(', '.join(report.by))}</h2>"
        f'<table class="lines">{_heads([" > ".join(report.by), *figures_of(report)], texts=1)}'
        f'<tbody>{rows}</tbody><tbody class="total">{total}</tbody></table></section>\n'
    )


def _to_pay(report: Report) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td class="figure money">{_text(value)}</td></tr>'
        for name, value in to_pay(report)
    )
    return f'<table class="to-pay"><tbody>{rows}</tbody></table>\n' if rows else ""


def _heads(titles: Sequence[str], *, texts: int) -> str:
    cells = "".join(
        f'<th scope="col"{_marked(title) if number >= texts else ""}>{_text(title)}</th>'
        for number, title in enumerate(titles)
    )
    return f"<thead><tr>{cells}</tr></thead>"


def _figures(report: Report, sums: Totals) -> str:
    seconds_of = {
        "billed": sums.billed_seconds,
        "tracked": sums.tracked_seconds,
        "manual": sums.manual_seconds,
        "late": sums.late_seconds,
    }
    times = [(head, seconds_of[head]) for head in figures_of(report) if head in seconds_of]
    shown = [
        (head, "" if head in _MINOR and not seconds else hours(seconds)) for head, seconds in times
    ]
    for code in currencies(report):
        found = amount(sums, code)
        shown.append((code, "" if found is None else f"{found:,}"))
    return "".join(
        f'<td data-head="{_text(head)}"{_marked(head)}>{figure}</td>' for head, figure in shown
    )


def _marked(head: str) -> str:
    return f' class="figure {_class(head)}"'


def _class(head: str) -> str:
    return head if head in ("billed", "tracked", *_MINOR) else "money"


def _name(name: str, *, is_empty: bool = False) -> str:
    return f'<span class="name{" none" if is_empty else ""}" dir="auto">{_text(name)}</span>'


def _empty() -> str:
    return f"<p>{NOTHING}</p>\n"


def _foot(report: Report) -> str:
    said = explanations(report)
    return f"<footer>{''.join(f'<p>{_text(sentence)}</p>' for sentence in said)}</footer>"


def _text(text: str) -> str:
    return escape(clipped(printable(text)))
