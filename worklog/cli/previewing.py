"""`worklog preview`: what a capture would store at this moment, and what it would not and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worklog.app.covered import SECRETS, ByRule
from worklog.app.withholding import default_name
from worklog.cli import json as views
from worklog.cli.render.preview import Limits, Outlook, Pixelation
from worklog.cli.showing import only_page, show_file, write_private
from worklog.domain.contract import Policy, Screenshots
from worklog.domain.part import Role

if TYPE_CHECKING:
    from worklog.app.capturing import Shot
    from worklog.app.covered import Covered
    from worklog.cli.context import AppContext
    from worklog.domain.contract import Contract
    from worklog.domain.part import Part


def show_preview(context: AppContext, *, output: str | None, opens: bool) -> None:
    """Show what a capture would store now; keep the picture only where asked to."""
    from worklog.cli.machine import ways_of
    from worklog.cli.render.preview import preview_text
    from worklog.cli.tracker import capturer_of

    contract = context.tracking.default_contract()
    with ways_of(context) as ways:
        if ways.secrets is not None and context.is_interactive:
            context.output.note("The picture is read for secrets, which takes some seconds.")
        shot = capturer_of(context, ways, contract).capture(context.clock.now())
        way = None if ways.input is None else ways.input.name
    saved = _save(context, shot, output, opens=opens)
    outlook = Outlook(shot, _limits(context, contract), _open_part(context), way, tuple(saved))
    context.output.result(_view(outlook), lambda: preview_text(outlook, context.look))


def _limits(context: AppContext, contract: Contract | None) -> Limits:
    """Return what the policy of *contract* and the settings leave out; a policy comes first."""
    policy = contract.terms_at(context.clock.now()).policy if contract is not None else Policy()
    capture = context.settings.capture
    edge = max(policy.pixelate, capture.pixelate)
    is_forbidden = policy.screenshots is Screenshots.FORBIDDEN
    return Limits(
        contract=None if contract is None else contract.name,
        off_by="policy" if is_forbidden else None if capture.screenshots else "setting",
        has_titles=policy.titles,
        pixelation=None
        if edge <= 1
        else Pixelation(edge, "policy" if edge == policy.pixelate else "setting"),
    )


def _open_part(context: AppContext) -> Part | None:
    slot = context.slot_of(context.clock.now())
    return next((part for part in context.open_parts() if part.slot == slot), None)


def _view(outlook: Outlook) -> views.Object:
    shot, limits, part = outlook.shot, outlook.limits, outlook.part
    pixelation = limits.pixelation if shot.pictures else None
    return {
        "contract": limits.contract,
        "captures": [
            {
                "role": capture.role.value,
                "monitor": capture.monitor,
                "state": capture.state.value,
                "width": capture.width,
                "height": capture.height,
                "covered": capture.covered,
                "covers": [_cover(covered) for covered in shot.covered.get(position, ())],
            }
            for position, capture in enumerate(shot.captures)
        ],
        "application": shot.application,
        "title": shot.title,
        "blocked_by": shot.blocked_by,
        "withheld": None if shot.blocker is None else _by_rule(shot.blocker),
        "off_by": outlook.off_by,
        "covered_by": list(shot.covered_by),
        "pixelated": None if pixelation is None else {"edge": pixelation.edge, "by": pixelation.by},
        "untitled": outlook.untitled,
        "unnamed": None if shot.unnamed is None else _by_rule(shot.unnamed),
        "counts": None
        if part is None
        else {
            "slot": views.instant(part.slot.start),
            "boxes": list(part.activity.active),
            "keys": list(part.activity.keys),
            "clicks": list(part.activity.clicks),
            "scrolls": list(part.activity.scrolls),
        },
        "input": outlook.input_way,
        "files": list(outlook.files),
    }


def _cover(covered: Covered) -> views.Object:
    cause = covered.cause
    what: views.Object = (
        {"cause": "window", **_by_rule(cause), "kind": None}
        if isinstance(cause, ByRule)
        else {
            "cause": "secret",
            "application": None,
            "setting": SECRETS,
            "rule": None,
            "kind": cause.value,
        }
    )
    return {**what, "number": len(covered.boxes), "permille": covered.permille}


def _by_rule(cause: ByRule) -> views.Object:
    rule = {"field": cause.rule.field, "pattern": cause.rule.pattern}
    return {
        "application": cause.application or None,
        "setting": cause.setting,
        "rule": {**rule, "default": default_name(cause.rule)},
    }


def _save(context: AppContext, shot: Shot, output: str | None, *, opens: bool) -> list[str]:
    if output is None and not (opens and shot.pictures):
        return []
    base = Path(output) if output is not None else only_page(context, "preview.webp")
    saved = []
    for number, (position, picture) in enumerate(shot.pictures.items()):
        is_camera = shot.captures[position].role is Role.CAMERA
        suffix = "-camera" if is_camera else f"-{number}" if number else ""
        file = base.with_stem(f"{base.stem}{suffix}")
        write_private(file, picture.image)
        saved.append(str(file))
    if opens and saved:
        for path in saved:
            show_file(context, Path(path))
    return saved
