"""Shapes of the messages for OpenAPI. The wire module is what holds; this describes it."""

from __future__ import annotations

from typing import Any, Final

from worklog.wire.sync.messages import MOST_AMENDMENTS, MOST_PARTS

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer"}
_HEX: Final = {"type": "string", "pattern": "^[0-9a-f]*$"}
_SIGNATURE: Final = {"type": "string", "pattern": "^[0-9a-f]{128}$"}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of: dict[str, Any], **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": of, **limits}


_DIGEST: Final = _object({"count": _NUMBER, "xor": _HEX})

SCHEMAS: Final[dict[str, Any]] = {
    "Problem": _object(
        {"type": _TEXT, "title": _TEXT, "status": _NUMBER, "code": _TEXT, "detail": _TEXT},
        hint={"type": ["string", "null"]},
    ),
    "Part": _object({"header": _TEXT, "signature": _SIGNATURE, "fields": _TEXT}),
    # Each is a Part and is looked at by itself: one that is none has a problem as its result.
    "Parts": _object({"parts": _list({"type": "object"}, maxItems=MOST_PARTS)}),
    "Amendments": _object({"amendments": _list(_TEXT, maxItems=MOST_AMENDMENTS)}),
    "Receipt": _object({"receipt": _TEXT, "signature": _HEX}),
    "Results": _object(
        {"results": _list(_object({"id": _TEXT}, receipt=_ref("Receipt"), problem=_ref("Problem")))}
    ),
    "Changes": _object(
        {
            "epoch": _TEXT,
            "next": _NUMBER,
            "more": {"type": "boolean"},
            "items": _list(_object({"kind": _TEXT})),
        }
    ),
    "Digests": _object(
        {"epoch": _TEXT},
        stream=_TEXT,
        amendments=_DIGEST,
        weeks=_list(_object({"week": _NUMBER, "parts": _DIGEST, "pictures": _DIGEST})),
        held=_list(_object({"part": _TEXT, "digest": _HEX, "pictures": _list({})})),
    ),
    "Whoami": _object(
        {
            "user": _TEXT,
            "name": _TEXT,
            "device": _TEXT,
            "device_name": _TEXT,
            "scope": _list(_TEXT),
            "epoch": _TEXT,
        }
    ),
    "Feedback": _object({"id": _TEXT, "text": _TEXT}),
    "Taken": _object({"id": _TEXT}),
    "Submission": _object({"contract": _TEXT, "week": _NUMBER}, waiting=_NUMBER),
    "PermissionRequest": _object({"kind": {"const": "manual"}, "contract": _TEXT}, text=_TEXT),
    "DeviceRequest": _object(
        {
            "device": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"},
            "key": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "name": _TEXT,
            "host": _TEXT,
            "version": _TEXT,
        }
    ),
    "DeviceCode": _object(
        {
            "device_code": _TEXT,
            "user_code": _TEXT,
            "verification_uri": _TEXT,
            "verification_uri_complete": _TEXT,
            "expires_in": _NUMBER,
            "interval": _NUMBER,
        }
    ),
    "DevicePoll": _object({"grant_type": _TEXT, "device_code": _TEXT}),
    "DeviceToken": _object({"access_token": _TEXT, "token_type": _TEXT}),
    "Service": _object(
        {
            "name": _TEXT,
            "epoch": _TEXT,
            "key": _HEX,
            "version": _TEXT,
            "trackers": _object({"from": _TEXT, "below": _TEXT}),
            "now": _NUMBER,
            "api": _list(_NUMBER),
        }
    ),
}
