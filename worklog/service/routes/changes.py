"""Routes by which a device learns what others changed, and what the service holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from worklog.domain.ids import DeviceId, StreamId
from worklog.service.authorize import Verb, permit
from worklog.service.problems import json_response
from worklog.service.routes.asking import Device, Serving, answers
from worklog.service.store import evidence, feed
from worklog.service.store.meta import epoch
from worklog.wire.sync.account import Whoami, encode_whoami
from worklog.wire.sync.changes import encode_changes
from worklog.wire.sync.digests import StreamDigests, encode_digests, encode_held
from worklog.wire.sync.messages import API, MOST_CHANGES

router = APIRouter(prefix=API, tags=["sync"])

_LAST = (1 << 53) - 1
_ALWAYS = (400, 401, 403, 422, 426, 503)


@router.get("/changes", responses=answers("Changes", *_ALWAYS))
def get_changes(
    device: Device,
    service: Serving,
    after: Annotated[int, Query(ge=0, le=_LAST)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_CHANGES)] = 200,
    own: Annotated[bool, Query()] = False,  # noqa: FBT002 -- a query
) -> Response:
    """Give what the account has been told after a number; `own` brings own changes along."""
    permit(device, Verb.READ)
    with service.store.reading(device) as scope:
        page = feed.page(scope, after=after, limit=limit, is_own_wanted=own)
        answer = encode_changes(
            epoch=epoch(scope),
            following=page.following,
            has_more=page.has_more,
            items=page.items,
        )
    return json_response(answer)


@router.get("/digests", responses=answers("Digests", *_ALWAYS))
def get_digests(
    device: Device,
    service: Serving,
    stream: Annotated[str, Query(min_length=1, max_length=64)],
    week: Annotated[int | None, Query(ge=-1, le=1_000_000)] = None,
) -> Response:
    """Give what is here of a stream: digests by week, or every part of one week."""
    permit(device, Verb.READ)
    with service.store.reading(device) as scope:
        if week is not None:
            held = evidence.held_in_week(scope, device.user, stream, week)
            return json_response(encode_held(epoch(scope), held))
        digests = StreamDigests(
            epoch=epoch(scope),
            stream=StreamId(stream),
            weeks=evidence.week_digests(scope, device.user, stream),
            amendments=evidence.amendments_digest(
                scope, device.user, device.device or DeviceId("")
            ),
        )
    return json_response(encode_digests(digests))


@router.get("/whoami", responses=answers("Whoami", *_ALWAYS))
def get_whoami(device: Device, service: Serving) -> Response:
    """Say whom the token belongs to."""
    with service.store.reading(device) as scope:
        now = epoch(scope)
    return json_response(
        encode_whoami(
            Whoami(
                user=device.user,
                name=device.name,
                device=device.device or "",
                device_name=device.device_name,
                scope=tuple(sorted(device.permits)),
                epoch=now,
            )
        )
    )
