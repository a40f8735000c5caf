"""Contracts and their dated terms as JSON; money as decimal text, times as seconds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, InvalidOperation

from worklog.domain.canonical import Json, canonical, printable
from worklog.domain.contract import (
    DISPUTE_PERIOD,
    RETENTION,
    Billing,
    Contract,
    Policy,
    Screenshots,
    Terms,
    WeekEvent,
)
from worklog.domain.grid import epoch_ms
from worklog.domain.ids import ContractId
from worklog.wire.reader import MalformedError, Reader

_SECOND = timedelta(seconds=1)


def encode_contract(contract: Contract) -> str:
    """Return *contract* with all its terms as canonical JSON text."""
    return canonical(
        {
            "v": 1,
            "kind": "contract",
            "contract": contract.contract_id,
            "name": printable(contract.name),
            "client": printable(contract.client),
            "title": printable(contract.title),
            "labels": [printable(label) for label in contract.labels],
            "service": contract.service,
            "archived": contract.is_archived,
            "terms": [_encode_terms(terms) for terms in contract.terms],
            # Left out where nothing happened: most contracts never need it.
            **({"events": list(map(_encode_event, contract.events))} if contract.events else {}),
        }
    ).decode()


def decode_contract(text: str) -> Contract:
    """Return the contract of *text*.

    Raises:
        MalformedError: it is none.
    """
    reader = Reader.of_text(text, "contract")
    try:
        return Contract(
            contract_id=ContractId(reader.text("contract")),
            name=reader.text("name"),
            client=reader.text("client"),
            title=reader.text("title"),
            labels=reader.texts("labels"),
            service=reader.text("service"),
            terms=tuple(_terms(terms) for terms in reader.objects("terms")),
            is_archived=reader.boolean("archived"),
            events=tuple(map(_event, reader.objects("events"))) if "events" in reader else (),
        )
    except MalformedError:
        raise
    except (ValueError, InvalidOperation) as error:
        msg = f"the contract cannot be read: {error}"
        raise MalformedError(msg) from error


def _encode_terms(terms: Terms) -> Json:
    return {
        "since": epoch_ms(terms.since),
        "currency": terms.currency,
        "rate": None if terms.rate is None else str(terms.rate),
        "weekly_limit": None if terms.weekly_limit is None else terms.weekly_limit // _SECOND,
        "billing": terms.billing.value,
        "week_start": terms.week_start,
        "week_hour": terms.week_hour,
        "locks": terms.locks,
        "manual_time": terms.manual_time,
        "memo_required": terms.memo_required,
        "label_required": terms.label_required,
        "allowance": terms.allowance // _SECOND,
        "policy": {
            "version": terms.policy.version,
            "screenshots": terms.policy.screenshots.value,
            "titles": terms.policy.titles,
            "pixelate": terms.policy.pixelate,
        },
        "retention": terms.retention // _SECOND,
        "dispute_period": terms.dispute_period // _SECOND,
    }


def _encode_event(event: WeekEvent) -> Json:
    return {"week": epoch_ms(event.week), "at": epoch_ms(event.at), "open": event.is_open}


def _event(reader: Reader) -> WeekEvent:
    return WeekEvent(
        week=reader.instant("week"), at=reader.instant("at"), is_open=reader.boolean("open")
    )


def _terms(reader: Reader) -> Terms:
    rate = reader.optional_text("rate")
    has_limit = reader.value("weekly_limit") is not None
    policy = reader.object("policy")
    return Terms(
        since=reader.instant("since"),
        currency=reader.text("currency"),
        rate=None if rate is None else Decimal(rate),
        weekly_limit=timedelta(seconds=reader.integer("weekly_limit")) if has_limit else None,
        billing=Billing(reader.text("billing")),
        week_start=reader.integer("week_start"),
        week_hour=reader.integer("week_hour"),
        locks=reader.boolean("locks"),
        manual_time=reader.boolean("manual_time"),
        memo_required=reader.boolean("memo_required"),
        label_required=reader.boolean("label_required"),
        allowance=timedelta(seconds=reader.integer("allowance")),
        policy=Policy(
            version=policy.integer("version"),
            screenshots=Screenshots(policy.text("screenshots")),
            titles=policy.boolean("titles"),
            pixelate=policy.integer("pixelate"),
        ),
        # Terms written before these were part of them say nothing of it.
        retention=timedelta(seconds=reader.integer("retention", RETENTION // _SECOND)),
        dispute_period=timedelta(
            seconds=reader.integer("dispute_period", DISPUTE_PERIOD // _SECOND)
        ),
    )
