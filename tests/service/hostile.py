"""The corpus of T4: pictures that want more than to be looked at."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Hostile:
    """One file and what it claims to be."""

    name: str
    media_type: str
    make: Callable[[], bytes]


def good(kind: str, size: tuple[int, int] = (32, 32), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes, *, crc: int | None = None) -> bytes:
    check = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def ihdr(width: int, height: int, depth: int = 8, colour: int = 2, rest: bytes = bytes(3)) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBB", width, height, depth, colour) + rest)


def a_png(header: bytes, body: bytes, *, before: bytes = b"", after: bytes = b"") -> bytes:
    return PNG + header + before + chunk(b"IDAT", body) + after + chunk(b"IEND", b"")


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of so many pixels that deflates to next to nothing."""
    squeeze = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    body = b"".join(squeeze.compress(row) for _ in range(min(height, 400)))
    return a_png(ihdr(width, height), body + squeeze.flush())


def webp(chunks: bytes, *, size: int | None = None) -> bytes:
    length = len(chunks) + 4 if size is None else size
    return b"RIFF" + struct.pack("<I", length) + b"WEBP" + chunks


def vp8x(width: int, height: int, flags: int = 0) -> bytes:
    body = bytes([flags, 0, 0, 0])
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X" + struct.pack("<I", 10) + body


def jpeg(segments: bytes) -> bytes:
    return b"\xff\xd8" + segments + b"\xff\xd9"


def sof(width: int, height: int, marker: int = 0xC0) -> bytes:
    body = struct.pack(">BHHB", 8, height, width, 3) + b"\x01\x11\x00\x02\x11\x01\x03\x11\x01"
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (16, 16), (n * 60, 0, 0)) for n in range(3)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def _other(kind: str) -> bytes:
    return good(kind)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
ZIP = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
IMAGE = {"PNG": "image/png", "WEBP": "image/webp", "JPEG": "image/jpeg"}


def _flipped(kind: str, where: float) -> bytes:
    data = bytearray(good(kind, (64, 64)))
    place = int(len(data) * where)
    data[place : place + 8] = bytes(255 - byte for byte in data[place : place + 8])
    return bytes(data)


CORPUS: list[Hostile] = []


def _add(name: str, media_type: str, make: Callable[[], bytes]) -> None:
    CORPUS.append(Hostile(name, media_type, make))


for _kind, _type in IMAGE.items():
    _add(f"{_kind}-empty", _type, lambda: b"")
    _add(f"{_kind}-one-byte", _type, lambda: b"\x89")
    _add(f"{_kind}-svg", _type, lambda: SVG)
    _add(f"{_kind}-html", _type, lambda: HTML)
    _add(f"{_kind}-zeros", _type, lambda: bytes(4096))
    _add(f"{_kind}-gif", _type, lambda: _other("GIF"))
    _add(f"{_kind}-tiff", _type, lambda: _other("TIFF"))
    _add(f"{_kind}-bmp", _type, lambda: _other("BMP"))
    _add(f"{_kind}-too-many-bytes", _type, lambda k=_kind: good(k) + bytes(10 << 20))  # type: ignore[misc]
    _add(f"{_kind}-html-behind", _type, lambda k=_kind: good(k) + HTML)  # type: ignore[misc]
    _add(f"{_kind}-zip-behind", _type, lambda k=_kind: good(k) + ZIP)  # type: ignore[misc]
    _add(f"{_kind}-html-before", _type, lambda k=_kind: HTML + good(k))  # type: ignore[misc]
    _add(f"{_kind}-cut-early", _type, lambda k=_kind: good(k)[:25])  # type: ignore[misc]
    _add(f"{_kind}-cut-late", _type, lambda k=_kind: good(k)[:-20])  # type: ignore[misc]
    for _other_kind in IMAGE:
        if _other_kind != _kind:
            _add(
                f"{_kind}-is-{_other_kind}",
                _type,
                lambda k=_other_kind: good(k),  # type: ignore[misc]
            )

for _type in ("image/svg+xml", "image/gif", "text/html", "application/octet-stream", "", "IMAGE"):
    _add(f"type-{_type or 'none'}", _type, lambda: good("PNG"))

_add("png-bomb-13300", "image/png", lambda: bomb(13_300, 13_300))
_add("png-bomb-side", "image/png", lambda: bomb(16_385, 1))
_add("png-bomb-40-megapixels", "image/png", lambda: bomb(16_000, 2_501))
_add("png-four-gigapixels", "image/png", lambda: a_png(ihdr(65_535, 65_535), zlib.compress(b"")))
_add("png-side-2-31", "image/png", lambda: a_png(ihdr(2**31 - 1, 1), b""))
_add("png-side-zero", "image/png", lambda: a_png(ihdr(0, 5), b""))
_add("png-side-negative", "image/png", lambda: a_png(ihdr(2**32 - 1, 2**32 - 1), b""))
_add("png-animated", "image/png", lambda: animated("PNG"))
_add("png-no-data", "image/png", lambda: PNG + ihdr(8, 8) + chunk(b"IEND", b""))
_add("png-no-end", "image/png", lambda: PNG + ihdr(8, 8))
_add("png-data-first", "image/png", lambda: PNG + chunk(b"IDAT", b"x") + chunk(b"IEND", b""))
_add("png-short-header", "image/png", lambda: PNG + chunk(b"IHDR", bytes(4)) + chunk(b"IEND", b""))
_add("png-length-beyond", "image/png", lambda: PNG + ihdr(8, 8) + b"\x7f\xff\xff\xffIDATxx")
_add("png-garbage-data", "image/png", lambda: a_png(ihdr(64, 64), b"no deflate at all"))
_add("png-bad-check", "image/png", lambda: PNG + chunk(b"IHDR", bytes(13), crc=1))
_add("png-odd-depth", "image/png", lambda: a_png(ihdr(8, 8, depth=3), zlib.compress(bytes(300))))
_add("png-odd-colour", "image/png", lambda: a_png(ihdr(8, 8, colour=9), zlib.compress(bytes(300))))
_add(
    "png-text-bomb",
    "image/png",
    lambda: a_png(
        ihdr(8, 8),
        zlib.compress(bytes(25 * 8)),
        before=b"".join(
            chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(60 << 20), 9)) for _ in range(3)
        ),
    ),
)
_add(
    "png-many-chunks",
    "image/png",
    lambda: PNG + ihdr(8, 8) + chunk(b"tEXt", b"") * 120_000 + chunk(b"IEND", b""),
)
_add("webp-animated", "image/webp", lambda: animated("WEBP"))
_add("webp-canvas-16-million", "image/webp", lambda: webp(vp8x(1 << 24, 1 << 24)))
_add("webp-canvas-lies", "image/webp", lambda: webp(vp8x(4000, 4000) + good("WEBP")[12:]))
_add("webp-no-picture", "image/webp", lambda: webp(vp8x(10, 10)))
_add("webp-size-lies", "image/webp", lambda: webp(good("WEBP")[12:], size=4))
_add("webp-unknown-chunk", "image/webp", lambda: webp(b"EVIL" + struct.pack("<I", 4) + b"aaaa"))
_add("webp-bad-lossless", "image/webp", lambda: webp(b"VP8L" + struct.pack("<I", 9) + bytes(9)))
_add("webp-bad-lossy", "image/webp", lambda: webp(b"VP8 " + struct.pack("<I", 20) + bytes(20)))
_add(
    "webp-huffman",
    "image/webp",
    # CVE-2023-4863 in kind: a lossless picture whose tables are nonsense.
    lambda: webp(b"VP8L" + struct.pack("<I", 64) + b"\x2f\x1f\xc0\x07\x00" + b"\xff" * 59),
)
_add("jpeg-4-gigapixels", "image/jpeg", lambda: jpeg(sof(65_535, 65_535)))
_add("jpeg-too-wide", "image/jpeg", lambda: jpeg(sof(20_000, 10)))
_add("jpeg-no-size", "image/jpeg", lambda: jpeg(b"\xff\xda\x00\x08abcdef"))
_add("jpeg-no-scan", "image/jpeg", lambda: jpeg(sof(64, 64)))
_add("jpeg-endless-fill", "image/jpeg", lambda: b"\xff\xd8" + b"\xff" * 9_000 + b"\xff\xd9")
_add("jpeg-zero-length", "image/jpeg", lambda: jpeg(b"\xff\xe0\x00\x00" * 50))
_add("jpeg-two-sizes", "image/jpeg", lambda: jpeg(sof(64, 64) + sof(9_000, 9_000)))
_add("jpeg-lossless", "image/jpeg", lambda: jpeg(sof(64, 64, 0xC3) + b"\xff\xda\x00\x08abcdef"))
_add("jpeg-size-zero", "image/jpeg", lambda: jpeg(sof(0, 0)))
