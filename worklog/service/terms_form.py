"""The form of a contract: its fields as terms, terms as its fields, and terms in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from worklog.domain import wording
from worklog.domain.contract import Billing, Policy, Screenshots, Terms, TermsChanges
from worklog.service.agreements import Particulars
from worklog.service.web.forms import Form

SCREENSHOTS: Final[Mapping[str, str]] = {
    Screenshots.REQUIRED.value: "Required: one picture every ten minutes",
    Screenshots.OPTIONAL.value: "Optional: the freelancer decides",
    Screenshots.FORBIDDEN.value: "Forbidden: none is taken",
}
BILLING: Final[Mapping[str, str]] = {
    Billing.SLOT.value: "Ten minutes for each segment with activity",
    Billing.MINUTE.value: "Each active minute",
}
PIXELATE: Final[Mapping[str, str]] = {
    "0": "Sharp",
    "8": "Slightly pixelated (8 px)",
    "16": "Pixelated (16 px)",
    "32": "Coarsely pixelated (32 px)",
}
WEEKDAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_NAMES: Final[Mapping[str, str]] = {
    "currency": "Currency",
    "rate": "Rate",
    "weekly_limit": "Weekly limit",
    "billing": "What bills",
    "manual_time": "Time by hand",
    "memo_required": "Memo",
    "label_required": "Label",
    "allowance": "Unproven time that bills",
    "policy": "What is recorded",
    "retention": "Pictures and titles are kept",
    "dispute_period": "Time to dispute",
    "week_start": "Billing week",
    "week_hour": "Billing week",
    "locks": "Lock",
}
_SHOWN: Final = (
    "rate",
    "weekly_limit",
    "billing",
    "manual_time",
    "memo_required",
    "label_required",
    "allowance",
    "policy",
    "retention",
    "dispute_period",
    "week_start",
)
_MOST_RATE: Final = Decimal(1_000_000)
_CURRENCY_LENGTH: Final = 3
_WEEK_HOURS: Final = 168
_MOST_LABELS: Final = 50
_LABEL_LENGTH: Final = 60
_NAME_LENGTH: Final = 60


def filled_with(particulars: Particulars, terms: Terms) -> dict[str, str]:
    """Return the fields of the form for a contract as it stands."""
    limit = terms.weekly_limit
    return {
        "name": particulars.name,
        "title": particulars.title,
        "labels": ", ".join(particulars.labels),
        "rate": "" if terms.rate is None else str(terms.rate),
        "currency": terms.currency,
        "weekly_limit": "" if limit is None else wording.hours(limit.total_seconds()),
        "billing": terms.billing.value,
        "manual_time": "yes" if terms.manual_time else "",
        "memo_required": "yes" if terms.memo_required else "",
        "label_required": "yes" if terms.label_required else "",
        "allowance": str(terms.allowance // timedelta(minutes=1)),
        "screenshots": terms.policy.screenshots.value,
        "titles": "yes" if terms.policy.titles else "",
        "pixelate": str(terms.policy.pixelate),
        "retention": str(terms.retention.days),
        "dispute_period": str(terms.dispute_period.days),
    }


def typed(form: Form) -> dict[str, str]:
    """Return the fields as they were typed."""
    return {name: form.raw(name) for name in filled_with(Particulars("", "", ()), Terms())}


def particulars_of(form: Form) -> Particulars:
    """Return the words of the form, problems noted in it."""
    labels = [" ".join(word.split()) for word in form.text("labels", most=1_000).split(",")]
    kept = tuple(dict.fromkeys(label for label in labels if label))
    if len(kept) > _MOST_LABELS or any(len(label) > _LABEL_LENGTH for label in kept):
        form.refuse("labels", f"At most {_MOST_LABELS} labels of {_LABEL_LENGTH} characters.")
    return Particulars(
        name=form.text("name", most=_NAME_LENGTH, is_required=True),
        title=form.text("title"),
        labels=kept,
    )


def terms_of(form: Form, held: Terms) -> Terms:
    """Return *held* with what the form says of it, problems noted in the form."""
    rate, currency = _rate(form)
    number = form.number
    return Terms(
        since=held.since,
        currency=currency,
        rate=rate,
        weekly_limit=_limit(form),
        billing=Billing(form.choice("billing", of=BILLING, what="What bills") or held.billing),
        week_start=held.week_start,
        week_hour=held.week_hour,
        locks=held.locks,
        manual_time=form.is_set("manual_time"),
        memo_required=form.is_set("memo_required"),
        label_required=form.is_set("label_required"),
        allowance=timedelta(
            minutes=number("allowance", what="The allowance", least=0, most=10_080)
        ),
        policy=Policy(
            version=held.policy.version,
            screenshots=Screenshots(
                form.choice("screenshots", of=SCREENSHOTS) or held.policy.screenshots
            ),
            titles=form.is_set("titles"),
            pixelate=int(form.choice("pixelate", of=PIXELATE) or "0"),
        ),
        retention=timedelta(days=number("retention", what="The time", least=1, most=3_650)),
        dispute_period=timedelta(
            days=number("dispute_period", what="The time to dispute", least=0, most=365)
        ),
    )


def changes_between(held: Terms, wanted: Terms) -> TermsChanges:
    """Return what of *wanted* differs from *held*."""
    changes: dict[str, Any] = {
        field.name: getattr(wanted, field.name)
        for field in fields(Terms)
        if field.name != "since" and getattr(wanted, field.name) != getattr(held, field.name)
    }
    if "currency" in changes or "rate" in changes:
        changes |= {"currency": wanted.currency, "rate": wanted.rate}
    return cast("TermsChanges", changes)


def in_words(terms: Terms) -> list[tuple[str, str]]:
    """Return *terms* as pairs of what and how."""
    return [(name_of(name), value_in_words(terms, name)) for name in _SHOWN]


def name_of(field: str) -> str:
    """Return what people call a field of `Terms`."""
    return _NAMES[field]


def value_in_words(terms: Terms, field: str) -> str:  # noqa: PLR0911, C901 -- one line a field
    """Return a field of *terms* as a person says it."""
    match field:
        case "rate" | "currency":
            if terms.rate is None:
                return "no rate"
            return f"{wording.money(terms.rate, terms.currency)} an hour"
        case "weekly_limit":
            limit = terms.weekly_limit
            return "none" if limit is None else f"{wording.hours(limit.total_seconds())} hours"
        case "billing":
            return BILLING[terms.billing.value].lower()
        case "manual_time":
            return "may be added" if terms.manual_time else "is not billed: it cannot be added"
        case "memo_required" | "label_required":
            return "required" if getattr(terms, field) else "optional"
        case "allowance":
            return f"{terms.allowance // timedelta(minutes=1)} minutes a week"
        case "policy":
            return policy_in_words(terms.policy)
        case "retention":
            return f"{wording.count(terms.retention.days, 'day')} after the lock"
        case "dispute_period":
            return f"{wording.count(terms.dispute_period.days, 'day')} after the lock"
        case "locks":
            return "twelve hours after the end of the week" if terms.locks else "never"
        case _:
            return f"from {WEEKDAYS[terms.week_start]}, {terms.week_hour:02}:00 UTC"


def policy_in_words(policy: Policy) -> str:
    """Return what a policy records, in a sentence."""
    pictures = {
        Screenshots.REQUIRED: "a screenshot in each ten minutes",
        Screenshots.OPTIONAL: "screenshots where the freelancer takes them",
        Screenshots.FORBIDDEN: "no screenshots",
    }[policy.screenshots]
    if policy.pixelate and policy.screenshots is not Screenshots.FORBIDDEN:
        pictures += f", pixelated to {policy.pixelate} px"
    titles = "window titles" if policy.titles else "no window titles"
    return f"Version {policy.version}: {pictures}; {titles}"


def _rate(form: Form) -> tuple[Decimal | None, str]:
    text, currency = form.text("rate"), form.text("currency").upper()
    if not text:
        return None, ""
    is_code = len(currency) == _CURRENCY_LENGTH and currency.isascii() and currency.isalpha()
    if not is_code:
        form.refuse("currency", "The currency is three letters, such as EUR.")
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or not 0 <= rate <= _MOST_RATE or len(text) > len("1000000.0000"):
        form.refuse("rate", "The rate is an amount an hour, such as 45 or 45.50.")
        return None, ""
    return rate, currency


def _limit(form: Form) -> timedelta | None:
    text = form.text("weekly_limit")
    if not text:
        return None
    hours, _, minutes = text.partition(":")
    figures = (hours, minutes or "0")
    if all(part.isascii() and part.isdecimal() and len(part) <= len("168") for part in figures):
        limit = timedelta(hours=int(hours), minutes=int(figures[1]))
        if timedelta() < limit <= timedelta(hours=_WEEK_HOURS) and int(figures[1]) < 60:  # noqa: PLR2004 -- minutes
            return limit
    form.refuse("weekly_limit", "The limit is hours a week, such as 40 or 37:30.")
    return None
