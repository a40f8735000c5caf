"""The capture ways of this machine, chosen for one run and closed after it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from worklog.cli.tracker import Ways

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worklog.app.ports import SecretFinder
    from worklog.capture.camera import PyAvCamera
    from worklog.capture.select import Ways as Found
    from worklog.cli.context import AppContext
    from worklog.config import Settings


def find_ways(context: AppContext) -> Found:
    """Choose the ways that work here, as far as the settings leave a choice."""
    from worklog.capture.select import ways

    wanted = wanted_ways(context.settings)
    return ways(session_environment(context), clock=context.clock, stream=sys.stderr, wanted=wanted)


def wanted_ways(settings: Settings) -> dict[str, str]:
    """Return the way that *settings* name, for each port for which they do."""
    each = (("screen", settings.screen), ("input", settings.input), ("window", settings.window))
    return {port: way.way for port, way in each if way.way != "auto"}


def find_camera(context: AppContext) -> PyAvCamera | None:
    """Return the camera of the settings, be it there or not; None where none is wanted.

    One that is not there may be plugged in later, and until then segments say why.
    """
    if not context.settings.camera:
        return None
    from worklog.capture.camera import PyAvCamera, Source

    return PyAvCamera(Source.parse(context.settings.camera_source))


@contextmanager
def ways_of(context: AppContext) -> Iterator[Ways]:
    """Give the ways that serve this run, and release them at the end."""
    from worklog.capture.memory import release
    from worklog.capture.picture import WebpCodec

    found = context.find_ways()
    try:
        yield Ways(
            screen=found.screen,
            input=found.input,
            window=found.window,
            presence=found.presence,
            notify=found.notify,
            codec=WebpCodec(),
            tidy=release,
            secrets=_secret_finder() if context.settings.redact.secrets else None,
            camera=find_camera(context),
        )
    finally:
        for way in (found.screen, found.window, found.presence, found.notify):
            close = getattr(way, "close", None)
            if close is not None:
                close()


def _secret_finder() -> SecretFinder:
    from worklog.capture.ocr_secrets import OcrSecretFinder

    return OcrSecretFinder()


def session_environment(context: AppContext) -> Mapping[str, str]:
    """Return the environment in which the desktop can be reached.

    A job of cron or of a user service has no DISPLAY; the graphical session is found
    through logind then. Inside tmux without a DISPLAY, as over SSH, the work is in tmux.
    """
    environ = context.environ
    is_told = any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX"))
    if is_told or sys.platform != "linux":
        return environ
    from worklog.capture.logind_session import graphical_environment

    found = graphical_environment(environ)
    return environ if found is None else {**environ, **found}
