"""The process that reads one picture: pixels come in, places of secrets go out.

What it recognises stays in it and ends with it; so does the memory of the models. It can
open no connection, so that neither the models nor what they read can travel.

    python -m worklog.capture.ocr_reader < HEADER + PIXELS > JSON
"""

from __future__ import annotations

import json
import logging
import os
import struct
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from worklog.domain.secrets import TextLine, find

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

HEADER: Final = struct.Struct(">II")  # width and height [px]; three bytes a pixel follow
THREADS: Final = 1  # more of them spin while they wait, which costs twice the time of a core
STRIP: Final = 640  # rows that are searched for text at once: memory goes with them [px]
OVERLAP: Final = 80  # rows that two strips share, so that no line is cut in both [px]
SMALLEST: Final = 32  # of either edge, for the model [px]
NICENESS: Final = 5  # behind what the user does, and not behind everything
_FORBIDDEN: Final = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")


def main() -> None:
    """Read a picture from stdin and write the boxes of its secrets to stdout."""
    sys.addaudithook(stay_here)
    _be_quiet()
    width, height = HEADER.unpack(sys.stdin.buffer.read(HEADER.size))
    pixels = sys.stdin.buffer.read()
    found = secrets_of(lines_of(pixels, width, height), width, height)
    with os.fdopen(1, "w") as answer:
        json.dump(found, answer)


def secrets_of(lines: list[TextLine], width: int, height: int) -> list[tuple[str, list[int]]]:
    """Return (kind, [left, top, right, bottom]) of the lines that have secrets [px]."""
    kinds = {one.line: one.kind for one in reversed(find(lines))}
    found = []
    for number, kind in sorted(kinds.items()):
        line = lines[number]
        margin = max(3, line.height // 4)
        box = [
            max(0, line.left - line.height),
            max(0, line.top - margin),
            min(width, line.left + line.width + line.height),
            min(height, line.top + line.height + margin),
        ]
        found.append((kind.value, box))
    return found


def lines_of(pixels: bytes, width: int, height: int) -> list[TextLine]:
    """Return the lines of text in a picture of three bytes a pixel."""
    import numpy as np  # noqa: PLC0415 -- the process says first that it stays offline

    picture = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
    engine = _engine()
    return [
        line
        for top, first, last in strips(height)
        for line in _read(engine, picture[top : top + STRIP], top)
        if first <= line.top + line.height // 2 < last
    ]


def strips(height: int) -> Iterator[tuple[int, int, int]]:
    """Give the rows that each strip begins at, and between which a line's middle is its own."""
    tops = range(0, max(1, height - OVERLAP), STRIP - OVERLAP)
    for top in tops:
        first = top + OVERLAP // 2 if top else 0
        last = top + STRIP - OVERLAP // 2 if top != tops[-1] else height
        yield top, first, last


def _engine() -> Any:  # noqa: ANN401 -- rapidocr has no types
    from pathlib import Path  # noqa: PLC0415 -- likewise

    import rapidocr  # noqa: PLC0415 -- likewise

    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # nothing on a screen stands on its head
            "Global.text_score": 0.0,  # what is hard to read may be a secret just as well
            "Global.max_side_len": 1 << 20,
            "Det.limit_side_len": SMALLEST,
            "Det.model_path": str(_model(models, "det")),
            "Rec.model_path": str(_model(models, "rec")),
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
        }
    )


def _model(folder: Any, task: str) -> Any:  # noqa: ANN401 -- a path, whose module is loaded late
    """Return the model for *task* that lies in the package: a named one is never fetched."""
    (found,) = folder.glob(f"*_{task}_*.onnx")
    return found


def _read(engine: Any, strip: Pixels, top: int) -> Iterator[TextLine]:  # noqa: ANN401 -- likewise
    seen = engine(strip[:, :, ::-1])  # the models want blue first
    if seen.boxes is None:
        return
    for corners, text in zip(seen.boxes, seen.txts, strict=True):
        left, upper = (int(edge) for edge in corners.min(axis=0))
        right, lower = (int(edge) + 1 for edge in corners.max(axis=0))
        yield TextLine(str(text), left, top + upper, right - left, lower - upper)


def stay_here(event: str, _: tuple[object, ...]) -> None:
    if event in _FORBIDDEN:
        msg = "reading a picture needs no network"
        raise PermissionError(msg)


def _be_quiet() -> None:
    """Be no burden, leave no trace of what was read in a crash, and say nothing of it."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 -- Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        os.nice(NICENESS)
    warnings.simplefilter("ignore")  # of libraries, for developers
    logging.disable(logging.CRITICAL)


if __name__ == "__main__":
    main()
