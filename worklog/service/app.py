"""The application: routes, error handling and OpenAPI around one `Service`.

No page for the interface's description is served, as such pages load scripts from
elsewhere; the description itself is at `/api/openapi.json`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from worklog import __version__
from worklog.service import pages, problems
from worklog.service.routes import changes, device, feedback, handing, ingest, service
from worklog.service.routes.schemas import SCHEMAS
from worklog.service.service import Service
from worklog.service.web import static
from worklog.service.web.headers import SecurityHeaders
from worklog.service.web.refusals import refusal
from worklog.service.web.visiting import own_page


def create_app(serving: Service) -> FastAPI:
    """Return the application that serves *serving*, which it closes at its end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        serving.close()

    app = FastAPI(
        title="worklog diary service",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation,
    )
    app.state.service = serving
    problems.install(app, refusal)
    for router in (
        service.router,
        device.router,
        ingest.router,
        changes.router,
        feedback.router,
        handing.router,
    ):
        app.include_router(router)
    app.include_router(static.router)
    for router in pages.ROUTERS:
        app.include_router(router, include_in_schema=False, dependencies=[Depends(own_page)])
    app.add_middleware(SecurityHeaders, is_secure=serving.settings.is_secure)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's own way
    return app


def _operation(route: APIRoute) -> str:
    return route.name


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(SCHEMAS)
        for name in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(name, None)
        components["securitySchemes"] = {"device": {"type": "http", "scheme": "bearer"}}
        for path in document["paths"].values():
            for operation in path.values():
                if "401" in operation["responses"]:
                    operation["security"] = [{"device": []}]
        app.openapi_schema = document
    return app.openapi_schema
