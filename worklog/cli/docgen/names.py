"""Names for completions: contracts and labels, read quickly and without a trace.

A shell asks this at each press of TAB, so it loads what the quick road loads and reads
the database as it is: nothing is made, healed, migrated or waited for, and any trouble is
silence. Names with line breaks cannot exist.
"""

from __future__ import annotations

import sqlite3
import sys

from worklog.errors import WorklogError
from worklog.places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

KINDS: Final = {
    "contracts": "SELECT name FROM contracts WHERE is_archived = 0 ORDER BY name",
    "labels": (
        "SELECT DISTINCT label FROM contract_labels JOIN contracts USING (contract_id)"
        " WHERE is_archived = 0 ORDER BY label"
    ),
    "labels-now": (
        "SELECT contract_labels.label FROM contract_labels JOIN sessions USING (contract_id)"
        " WHERE ended_ms IS NULL ORDER BY position"
    ),
}
_PATIENCE_S: Final = 0.1


def names(kind: str, environ: Mapping[str, str]) -> list[str]:
    """Return the names of *kind*, one of `KINDS`; none where they cannot be had at once."""
    try:
        path = places(environ).database.replace("%", "%25").replace("?", "%3f")
        uri = f"file:{path.replace('#', '%23')}?mode=ro"
        db = sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S)
        try:
            return [str(name) for (name,) in db.execute(KINDS[kind]).fetchall()]
        finally:
            db.close()
    except (KeyError, WorklogError, sqlite3.Error):
        return []


def tell(kind: str, environ: Mapping[str, str]) -> None:
    """Print the names of *kind*, one a line, in UTF-8 whatever the locale says."""
    lines = "".join(f"{name}\n" for name in names(kind, environ))
    sys.stdout.buffer.write(lines.encode(errors="replace"))
    sys.stdout.flush()
