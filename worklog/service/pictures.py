"""Pictures from outside: looked at before Pillow is, and decoded in limited children.

A few hundred kilobytes can claim to be gigapixels, so size and kind are read from the
header by the few lines here. Only then a child of the pool decodes the whole picture for
its thumbnail: children are kept, as starting one for each picture costs three times the
work, and replaced when one dies or is too slow.
"""

from __future__ import annotations

import contextlib
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from worklog.errors import ConflictError, ServiceRejectedError
from worklog.service.decoding import BOX, COVER, COVERED, GOOD, HEAD, LENGTH, SHRINK
from worklog.service.problems import MediaTypeError, StoreBusyError, TooLargeError
from worklog.wire.sync.messages import LARGEST_PICTURE, LONGEST_SIDE, MOST_PIXELS, PICTURE_TYPES

_DEADLINE: Final = 20.0  # of one picture, by the clock on the wall [s]
_PATIENCE: Final = 60.0  # for a child to be free [s]
_JOBS: Final = 500  # after which a child is replaced
_MOST_CHUNKS: Final = 100_000
_HINT: Final = "Run `worklog check --pictures` on the machine that sent it."

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_IHDR: Final = 13  # length of the first chunk [bytes]
# Start-of-frame markers carry the size; C4, C8 and CC among them are something else.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_SCAN: Final = 0xDA
_ANIMATED: Final = 0x02


class _BadHeaderError(ValueError):
    """The header is not one of a picture."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself.

    Attributes:
        media_type: Its kind, as HTTP calls it.
        width: [px]
        height: [px]
    """

    media_type: str
    width: int
    height: int


def examine(data: bytes, media_type: str) -> Header:
    """Return the header of the picture *data*.

    Raises:
        MediaTypeError: *media_type* is none of `PICTURE_TYPES`.
        TooLargeError: more than `LARGEST_PICTURE` bytes.
        ServiceRejectedError: it is no such picture, is animated, has something behind
            its end, or is too large to be decoded.
    """
    if media_type not in PICTURE_TYPES:
        msg = "A picture is PNG, WebP or JPEG."
        raise MediaTypeError(msg, hint=f"Send it as one of {', '.join(PICTURE_TYPES)}.")
    if len(data) > LARGEST_PICTURE:
        raise too_large()
    try:
        width, height = _PARSERS[media_type](data)
    except (_BadHeaderError, struct.error, IndexError) as error:
        reason = str(error) if isinstance(error, _BadHeaderError) else "it ends too early"
        msg = f"This is no {media_type} picture: {reason}."
        raise ServiceRejectedError(msg, hint=_HINT) from error
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        msg = f"A picture has sides of 1 to {LONGEST_SIDE} pixels, not {width} by {height}."
        raise ServiceRejectedError(msg, hint=_HINT)
    if width * height > MOST_PIXELS:
        msg = f"A picture has at most {MOST_PIXELS} pixels, not {width * height}."
        raise ServiceRejectedError(msg, hint=_HINT)
    return Header(media_type, width, height)


def too_large() -> TooLargeError:
    """Return the refusal of a picture that is too large."""
    return TooLargeError(
        f"A picture has at most {LARGEST_PICTURE >> 20} MiB.", hint="Take smaller captures."
    )


def _png(data: bytes) -> tuple[int, int]:
    if not data.startswith(_PNG):
        msg = "it begins otherwise"
        raise _BadHeaderError(msg)
    position, size = len(_PNG), None
    for number in range(_MOST_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, position)
        if number == 0:
            if (length, kind) != (_IHDR, b"IHDR"):
                msg = "its first chunk is not the header"
                raise _BadHeaderError(msg)
            size = struct.unpack_from(">II", data, position + 8)
        if kind == b"acTL":
            msg = "it is animated"
            raise _BadHeaderError(msg)
        position += 12 + length
        if kind == b"IEND":
            break
    if size is None or position != len(data):
        msg = "it does not end where it says"
        raise _BadHeaderError(msg)
    return size[0], size[1]


def _webp(data: bytes) -> tuple[int, int]:
    magic, length, kind, first = struct.unpack_from("<4sI4s4s", data)
    if (magic, kind) != (b"RIFF", b"WEBP"):
        msg = "it begins otherwise"
        raise _BadHeaderError(msg)
    if length + 8 != len(data):
        msg = "it does not end where it says"
        raise _BadHeaderError(msg)
    if first == b"VP8X":
        if data[20] & _ANIMATED:
            msg = "it is animated"
            raise _BadHeaderError(msg)
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if first == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        if data[20] != 0x2F:  # noqa: PLR2004 -- the signature of the format
            msg = "its lossless data begin otherwise"
            raise _BadHeaderError(msg)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if first == b"VP8 ":
        if data[23:26] != b"\x9d\x01\x2a":
            msg = "its data begin otherwise"
            raise _BadHeaderError(msg)
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    msg = "its first chunk is unknown"
    raise _BadHeaderError(msg)


def _jpeg(data: bytes) -> tuple[int, int]:
    if not data.startswith(b"\xff\xd8\xff"):
        msg = "it begins otherwise"
        raise _BadHeaderError(msg)
    if not data.endswith(b"\xff\xd9"):
        msg = "it does not end where it should"
        raise _BadHeaderError(msg)
    position = 2
    while True:
        if data[position] != 0xFF:  # noqa: PLR2004 -- each marker begins so
            msg = "a marker is missing"
            raise _BadHeaderError(msg)
        marker = data[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 -- a fill byte
            position += 1
        elif marker in _ALONE:
            position += 2
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return width, height
        elif marker == _SCAN:
            msg = "its size is missing"
            raise _BadHeaderError(msg)
        else:
            (length,) = struct.unpack_from(">H", data, position + 2)
            position += 2 + max(2, length)


_PARSERS: Final = {"image/png": _png, "image/webp": _webp, "image/jpeg": _jpeg}
_KINDS: Final = {"image/png": b"PNG ", "image/webp": b"WEBP", "image/jpeg": b"JPEG"}


Rectangle = tuple[int, int, int, int]
"""A box of a picture: left, top, width, height [px]."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A picture of which something was covered.

    Attributes:
        image: WebP.
        thumbnail: WebP.
        permille: Share that is covered now, by these boxes [‰].
    """

    image: bytes
    thumbnail: bytes
    permille: int


class Decoders:
    """A pool of children that decode pictures; safe to share between threads."""

    def __init__(
        self, count: int, *, deadline: float = _DEADLINE, patience: float = _PATIENCE
    ) -> None:
        self._deadline = deadline
        self._patience = patience
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(None)  # started when there is work

    def thumbnail(self, data: bytes, header: Header) -> bytes:
        """Return the thumbnail of the picture *data*, decoded whole.

        Raises:
            ServiceRejectedError: it cannot be decoded within the limits.
            StoreBusyError: no child is free.
        """
        return self._ask(data, header, SHRINK, ())

    def cover(self, data: bytes, header: Header, boxes: Sequence[Rectangle]) -> Covered:
        """Return *data* with *boxes* covered by an opaque fill, or all of it without one.

        Raises:
            ConflictError: no box touches it.
            ServiceRejectedError: it cannot be decoded within the limits.
            StoreBusyError: no child is free.
        """
        is_touched = any(left < header.width and top < header.height for left, top, _, _ in boxes)
        if boxes and not is_touched:
            msg = f"No box touches the picture, which is {header.width} by {header.height} pixels."
            raise ConflictError(msg, hint="Draw the box on the picture.")
        answer = self._ask(data, header, COVER, boxes)
        permille, length = COVERED.unpack_from(answer)
        image = answer[COVERED.size : COVERED.size + length]
        return Covered(image, answer[COVERED.size + length :], permille)

    def _ask(self, data: bytes, header: Header, task: bytes, boxes: Sequence[Rectangle]) -> bytes:
        try:
            child = self._free.get(timeout=self._patience)
        except queue.Empty as error:
            msg = "The service is busy with other pictures."
            raise StoreBusyError(msg, hint="Try again in a moment.") from error
        try:
            if child is None or child.jobs >= _JOBS:
                if child is not None:
                    child.end()
                child = _Child()
            status, answer = child.ask(data, header, self._deadline, task=task, boxes=boxes)
        except (OSError, EOFError) as error:
            if child is not None:
                child.end()
            child = None
            msg = "The picture cannot be decoded: it takes too much time or memory."
            raise ServiceRejectedError(msg, hint=_HINT) from error
        finally:
            self._free.put(child)
        if status != GOOD:
            msg = f"The picture cannot be decoded: {answer.decode(errors='replace')}."
            raise ServiceRejectedError(msg, hint=_HINT)
        return answer

    def close(self) -> None:
        """End the children that are free."""
        with contextlib.suppress(queue.Empty):
            while True:
                child = self._free.get_nowait()
                if child is not None:
                    child.end()


class _Child:
    def __init__(self) -> None:
        self.jobs = 0
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "worklog.service.decoding"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},  # no secrets of the service
            cwd="/",
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(
        self,
        data: bytes,
        header: Header,
        deadline: float,
        *,
        task: bytes = SHRINK,
        boxes: Sequence[Rectangle] = (),
    ) -> tuple[bytes, bytes]:
        """Return status and answer.

        Raises:
            EOFError: the child ended, or was ended at the *deadline* [s].
            OSError: likewise, while it was being told.
        """
        self.jobs += 1
        timer = threading.Timer(deadline, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            stdin, stdout = self._process.stdin, self._process.stdout
            assert stdin is not None  # noqa: S101 -- both are pipes
            assert stdout is not None  # noqa: S101
            kind = _KINDS[header.media_type]
            head = HEAD.pack(kind, header.width, header.height, task, len(boxes))
            stdin.write(head + LENGTH.pack(len(data)))
            stdin.write(b"".join(BOX.pack(*box) for box in boxes))
            stdin.write(data)
            stdin.flush()
            status = _exactly(stdout.read(1), 1)
            (length,) = LENGTH.unpack(_exactly(stdout.read(LENGTH.size), LENGTH.size))
            return status, _exactly(stdout.read(length), length)
        finally:
            timer.cancel()

    def end(self) -> None:
        """End the child, whatever it does."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


def _exactly(data: bytes, count: int) -> bytes:
    if len(data) != count:
        raise EOFError
    return data
