"""What the service says of itself, to anybody."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from worklog.service.problems import json_response
from worklog.service.routes.asking import Serving, answers
from worklog.service.scope import SYSTEM
from worklog.service.store.meta import epoch
from worklog.wire.sync.account import encode_service
from worklog.wire.sync.messages import API

router = APIRouter(prefix=API, tags=["service"])


@router.get("/service", responses=answers("Service", 503))
def get_service(service: Serving) -> Response:
    """Give name, epoch, key, and which trackers may sync."""
    with service.store.reading(SYSTEM) as scope:
        about = replace(service.about, epoch=epoch(scope), now=service.store.clock.now())
    return json_response(encode_service(about))
