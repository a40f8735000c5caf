"""Which policy records more than another, and what two have in common (R30).

Narrowing holds at once, widening waits for a yes on the freelancer's own machine. Tracker
and service ask the same functions, so that a page never promises what a tracker refuses.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from worklog.domain.contract import Policy, Screenshots

_WIDTH: Final = {Screenshots.FORBIDDEN: 0, Screenshots.OPTIONAL: 1, Screenshots.REQUIRED: 2}
_SHARP: Final = 0  # `pixelate` of a picture that is left as it is


def is_wider(offered: Policy, accepted: Policy) -> bool:
    """Return whether *offered* records anything that *accepted* does not."""
    kept = narrowed(offered, accepted)
    if offered.screenshots is Screenshots.FORBIDDEN:
        # How sharp a picture would be that is never taken is nothing to ask about.
        offered = replace(offered, pixelate=kept.pixelate)
    return kept != replace(offered, version=accepted.version)


def narrowed(offered: Policy, accepted: Policy) -> Policy:
    """Return *accepted* with all that *offered* takes away, and nothing that it adds."""
    sharper = offered.pixelate == _SHARP or (
        accepted.pixelate != _SHARP and offered.pixelate < accepted.pixelate
    )
    return replace(
        accepted,
        screenshots=min(offered.screenshots, accepted.screenshots, key=_WIDTH.__getitem__),
        titles=offered.titles and accepted.titles,
        pixelate=accepted.pixelate if sharper else offered.pixelate,
    )
