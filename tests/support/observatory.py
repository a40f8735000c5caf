"""The rules of the HTTP observatory, as far as they are about headers of one answer.

Source: Mozilla's HTTP Observatory, scoring as documented in 2025: from 100, each failed test
takes points away, and the bonuses count only where 90 or more are left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_HALF_YEAR = 15_768_000  # [s]
_OPEN = {"*", "http:", "https:", "data:"}
_UNSAFE = {"'unsafe-inline'", "'unsafe-eval'"}


def score(headers: Mapping[str, str], cookies: Sequence[str], page: str) -> int:
    """Return the score of an answer with *headers*, the Set-Cookie lines *cookies* and *page*."""
    points = [
        *_policy(headers),
        *_transport(headers),
        _framing(headers),
        _cookies(cookies),
        _scripts(page),
    ]
    total = 100 + sum(point for point in points if point < 0)
    return total + sum(point for point in points if point > 0) if total >= 90 else total


def _directives(policy: str) -> dict[str, set[str]]:
    found = {}
    for part in policy.split(";"):
        name, *sources = part.split()
        found[name.lower()] = {source.lower() for source in sources}
    return found


def _policy(headers: Mapping[str, str]) -> list[int]:
    policy = _directives(headers.get("content-security-policy", "default-src *"))
    fallback = policy.get("default-src", {"*"})
    loads = {name: policy.get(name, fallback) for name in ("script-src", "object-src", "style-src")}
    lost = [-25 for sources in loads.values() if sources & _OPEN]
    lost += [-25 for name in ("script-src", "object-src") if loads[name] & _UNSAFE]
    lost += [-5] if loads["style-src"] & _UNSAFE else []
    return lost or ([10] if fallback == {"'none'"} else [5])


def _transport(headers: Mapping[str, str]) -> list[int]:
    age = re.search(r"max-age=(\d+)", headers.get("strict-transport-security", ""))
    is_own = headers.get("cross-origin-resource-policy", "") in {"same-origin", "same-site"}
    return [
        -20 if age is None else -10 if int(age[1]) < _HALF_YEAR else 0,
        0 if headers.get("x-content-type-options", "").lower() == "nosniff" else -5,
        5 if headers.get("referrer-policy", "") in {"no-referrer", "same-origin"} else 0,
        10 if is_own else 0,
        -50 if headers.get("access-control-allow-origin", "") == "*" else 0,
    ]


def _framing(headers: Mapping[str, str]) -> int:
    policy = _directives(headers.get("content-security-policy", "default-src *"))
    if policy.get("frame-ancestors", {"*"}) <= {"'none'", "'self'"}:
        return 5
    return 0 if headers.get("x-frame-options", "").upper() in {"DENY", "SAMEORIGIN"} else -20


def _cookies(cookies: Sequence[str]) -> int:
    flags = [{flag.strip().lower() for flag in line.split(";")[1:]} for line in cookies]
    lost = sum(-20 for found in flags if "secure" not in found)
    lost += sum(-30 for found in flags if "httponly" not in found)
    is_same_site = all(any(flag.startswith("samesite=") for flag in found) for found in flags)
    return lost or (5 if flags and is_same_site else 0)


def _scripts(page: str) -> int:
    found: list[str] = re.findall(r'<script[^>]+src="([^"]+)"', page)
    return -50 * sum(not address.startswith("/") or address.startswith("//") for address in found)
