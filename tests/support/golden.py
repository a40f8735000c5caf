"""Golden files: text for people and JSON for programs, kept as files in `tests/golden`.

With `UPDATE_GOLDEN=1` in the environment they are written instead of compared;
read the difference before it is committed.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "golden"


def check(name: str, text: str) -> None:
    """Compare *text* with the golden file *name*."""
    path = FOLDER / name
    text = text if text.endswith("\n") else f"{text}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return
    expected = path.read_bytes().decode() if path.exists() else ""
    if text != expected:
        difference = difflib.unified_diff(
            expected.splitlines(), text.splitlines(), f"golden/{name}", "now", lineterm=""
        )
        raise AssertionError("\n".join(difference))
