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
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY: Final = 768 << 20  # of address space, the interpreter included [bytes]
CPU_SECONDS: Final = 10  # per picture [s]
THUMBNAIL_WIDTH: Final = 480  # [px]
THUMBNAIL_HEIGHT: Final = 1_000  # [px]
QUALITY: Final = 60
HEAD: Final = struct.Struct(">4sII")  # format, width, height
LENGTH: Final = struct.Struct(">I")
GOOD: Final = b"+"
BAD: Final = b"-"


def thumbnail_of(data: bytes, kind: str, size: tuple[int, int]) -> bytes:
    """Return the WebP thumbnail of the picture *data*, which is decoded whole.

    Raises:
        ValueError: it is no picture of this *kind* and *size*, or is damaged.
    """
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
            small = _reduced(picture)
            out = io.BytesIO()
            small.save(out, "WEBP", quality=QUALITY, method=2)
    except (OSError, SyntaxError, EOFError, KeyError, IndexError, TypeError, struct.error) as error:
        msg = f"it is damaged: {type(error).__name__}"
        raise ValueError(msg) from error
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
        kind, width, height = HEAD.unpack(head[: HEAD.size])
        (length,) = LENGTH.unpack(head[HEAD.size :])
        data = _read(source, length)
        _limit_time()
        try:
            status, answer = GOOD, thumbnail_of(data, kind.decode().strip(), (width, height))
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
