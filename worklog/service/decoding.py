"""The child that decodes pictures: a process with little memory, little time and no secrets.

Run as `python -I -m worklog.service.decoding`. It reads requests on its standard input and
answers on its standard output; a picture that makes it crash takes nothing along.
"""

from __future__ import annotations

import io
import os
import signal
import struct
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY: Final = 768 << 20  # of address space, the interpreter included [bytes]
CPU_SECONDS: Final = 10  # per picture [s]
THUMBNAIL_WIDTH: Final = 480  # [px]
THUMBNAIL_HEIGHT: Final = 1_000  # [px]
QUALITY: Final = 60
HEAD: Final = struct.Struct(">4sIIcI")  # format, width, height, what to do, how many boxes
BOX: Final = struct.Struct(">IIII")  # left, top, width, height [px]
COVERED: Final = struct.Struct(">II")  # share covered [‰], length of the image before the thumbnail
SHRINK: Final = b"t"
COVER: Final = b"r"
MOST_BOXES: Final = 200
FILL: Final = (32, 32, 32)  # as trackers cover
LENGTH: Final = struct.Struct(">I")
GOOD: Final = b"+"
BAD: Final = b"-"


def thumbnail_of(data: bytes, kind: str, size: tuple[int, int]) -> bytes:
    """Return the WebP thumbnail of the picture *data*, which is decoded whole.

    Raises:
        ValueError: it is no picture of this *kind* and *size*, or is damaged.
    """
    with _opened(data, kind, size) as picture:
        return _webp(_reduced(picture))


def covered(
    data: bytes, kind: str, size: tuple[int, int], boxes: Sequence[tuple[int, int, int, int]]
) -> bytes:
    """Return the picture *data* with *boxes* (all of it without one) filled, and its thumbnail.

    Before both stand the share that is covered and the length of the image.

    Raises:
        ValueError: it is no picture of this *kind* and *size*, or no box touches it.
    """
    from PIL import Image as pillow  # noqa: N813, PLC0415 -- in the child only
    from PIL import ImageDraw  # noqa: PLC0415 -- likewise

    with _opened(data, kind, size) as picture:
        width, height = size
        cover = pillow.new("L", size)
        draw = ImageDraw.Draw(cover)
        for left, top, across, down in boxes or [(0, 0, width, height)]:
            right, bottom = min(width, left + across) - 1, min(height, top + down) - 1
            if left <= right and top <= bottom:
                draw.rectangle((left, top, right, bottom), fill=255)
        pixels = cover.histogram()[255]
        if not pixels:
            msg = "no box touches it"
            raise ValueError(msg)
        plain = picture.convert("RGB")
        plain.paste(FILL, (0, 0, width, height), cover)
        image = _webp(plain)
        permille = -(-pixels * 1000 // (width * height))
        return COVERED.pack(permille, len(image)) + image + _webp(_reduced(plain))


@contextmanager
def _opened(data: bytes, kind: str, size: tuple[int, int]) -> Iterator[Image]:
    from PIL import Image as pillow  # noqa: N813, PLC0415 -- in the child only

    pillow.MAX_IMAGE_PIXELS = None  # the header has been looked at before
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture: Image = pillow.open(io.BytesIO(data), formats=[kind])
            if picture.size != size:
                msg = "its header is not the picture's"
                raise ValueError(msg)
            picture.load()
            yield picture
    except (OSError, SyntaxError, EOFError, KeyError, IndexError, TypeError, struct.error) as error:
        msg = f"it is damaged: {type(error).__name__}"
        raise ValueError(msg) from error


def _webp(picture: Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=2, exif=b"", xmp=b"", icc_profile=b"")
    return out.getvalue()


def _reduced(picture: Image) -> Image:
    width, height = picture.size
    factor = max(1, width // THUMBNAIL_WIDTH, height // THUMBNAIL_HEIGHT)
    if picture.mode not in {"RGB", "RGBA", "L"}:
        picture = picture.convert("RGB")
    if factor > 1:
        picture = picture.reduce(factor)
    picture = picture.convert("RGB")
    picture.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT))
    return picture


def serve(source: int, sink: int) -> None:
    """Answer requests from the file descriptor *source* on *sink* until it ends."""
    while head := _read(source, HEAD.size + LENGTH.size):
        kind, width, height, task, count = HEAD.unpack(head[: HEAD.size])
        (length,) = LENGTH.unpack(head[HEAD.size :])
        boxes = list(BOX.iter_unpack(_read(source, BOX.size * count)))
        data = _read(source, length)
        name, size = kind.decode().strip(), (width, height)
        _limit_time()
        try:
            status = GOOD
            answer = (
                covered(data, name, size, boxes)
                if task == COVER
                else thumbnail_of(data, name, size)
            )
        except (ValueError, MemoryError) as error:
            status, answer = BAD, (str(error) or "it needs too much memory").encode()
        _write(sink, status + LENGTH.pack(len(answer)) + answer)


def _read(source: int, count: int) -> bytes:
    chunks = []
    while count:
        chunk = os.read(source, min(count, 1 << 20))
        if not chunk:
            return b""
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)


def _write(sink: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(sink, view) :]


def _limit() -> None:
    """Give up what decoding does not need; what has been given up does not come back."""
    import resource  # noqa: PLC0415 -- Unix only

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def _limit_time() -> None:
    """End this process once it has worked for `CPU_SECONDS` on one picture."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)


def main() -> None:
    """Load what is needed, give up the rest, serve."""
    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401, PLC0415

    if sys.platform != "win32":
        _limit()
    serve(0, 1)


if __name__ == "__main__":
    main()
