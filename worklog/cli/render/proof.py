"""A proof as one HTML file that shows itself and checks itself, offline.

The file holds one JSON value and a script. The script builds every word of the page from
the value and checks signatures, commitments and digests with the browser's own Web
Cryptography; so nothing is shown that was not checked. Its security policy lets no
request leave the page and no text become markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape

from worklog.cli.render.page import POLICY, asset, digest
from worklog.domain.canonical import Json


def proof_page(sealed: Mapping[str, Json]) -> str:
    """Return the proof *sealed* (`worklog.wire.proof.encode_proof`) as an HTML document."""
    style = asset("page.css") + asset("proof.css")
    script = asset("proof.js")
    policy = POLICY.format(style=digest(style), script=digest(script))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Proof of work</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{asset('proof.html')}"
        f'<script type="application/json" id="proof">{_inert(sealed)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _inert(sealed: Mapping[str, Json]) -> str:
    """Return *sealed* as JSON that cannot end the element it stands in."""
    text = json.dumps(sealed, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
