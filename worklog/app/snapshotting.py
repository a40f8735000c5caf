"""The camera's part of a capture: a snapshot beside a screenshot, and never without one (R6).

A camera that fails costs the snapshot only; its state says why, as that of a screen does.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from worklog.app.ports import CameraWay, EncodedPicture, PictureCodec
from worklog.domain.part import Capture, CaptureState, Role
from worklog.errors import CaptureDeniedError, CaptureUnavailableError

if TYPE_CHECKING:
    from worklog.app.capturing import Shot

SENTENCES: Final = {
    CaptureState.NO_CAMERA: "The camera is not there: tracking goes on without snapshots.",
    CaptureState.DENIED: "The system refuses the camera: tracking goes on without snapshots.",
    CaptureState.BUSY: "Another program has the camera: tracking goes on without snapshots.",
    CaptureState.BLANK: "The camera saw nothing, as if it was covered: no snapshot was kept.",
    CaptureState.FAILED: "The camera gave no picture: tracking goes on without snapshots.",
}


@dataclass(slots=True)
class Progress:
    """A capture that is under way, seen by the worker and by the loop.

    Attributes:
        asleep_ns: What the capturer's clock of that name said at the beginning.
        shot: What there is already: the screenshot, while the camera wakes up.
        is_called_off: No snapshot any more: tracking pauses or has ended.
    """

    asleep_ns: int = 0
    shot: Shot | None = None
    is_called_off: bool = False


def snapshot(
    camera: CameraWay, codec: PictureCodec, at: datetime, *, pixelate: int
) -> tuple[Capture, EncodedPicture | None]:
    """Return what the camera gives at *at*; an expected failure is a state, never raised."""
    picture = None
    try:
        frame = camera.snap()
        if codec.is_blank(frame):
            state = CaptureState.BLANK
        else:
            picture = codec.encode(frame, pixelate=pixelate)
            state = CaptureState.TAKEN
    except CaptureDeniedError:
        state = CaptureState.DENIED
    except CaptureUnavailableError:
        state = CaptureState.NO_CAMERA
    except MemoryError:
        state = CaptureState.FAILED
    except OSError as error:
        state = CaptureState.BUSY if error.errno == errno.EBUSY else CaptureState.FAILED
    return Capture(state, taken_at=at, role=Role.CAMERA), picture
