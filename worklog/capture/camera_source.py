"""Where snapshots come from: what FFmpeg opens, whichever way it is asked (R6).

Whatever it opens is a camera here: a device, a file, an address, a picture that it draws.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Final

_FORMATS: Final = ("v4l2", "avfoundation", "dshow", "lavfi")
_FIRST: Final = {"linux": "/dev/video0", "darwin": "avfoundation:default"}
_PASSWORD: Final = re.compile(r"(?<=://)[^/@]*@")
_ADDRESS: Final = re.compile(r"(?!file:)[a-z][a-z0-9+.\-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """Where snapshots come from.

    Attributes:
        name: What FFmpeg opens: a path, an address, the name of a device.
        container: FFmpeg's name of the kind of input; None lets it find out.
    """

    name: str
    container: str | None = None

    @classmethod
    def parse(cls, text: str, *, platform: str = sys.platform) -> Source:
        """Return the source that *text* stands for; an empty one is the first camera.

        `v4l2:`, `avfoundation:`, `dshow:` and `lavfi:` in front name the kind of input.
        """
        text = text or _FIRST.get(platform, "")
        kind, colon, name = text.partition(":")
        if colon and kind in _FORMATS:
            return cls(name, kind)
        return cls(text, "v4l2" if text.startswith("/dev/") else None)

    @property
    def is_address(self) -> bool:
        """Whether it is on a network, where its name may hold a password."""
        return self.container is None and _ADDRESS.match(self.name) is not None

    def __str__(self) -> str:
        """Return it for people, without the password that an address may have."""
        name = _PASSWORD.sub("", self.name)
        is_device = self.container is None or name.startswith("/dev/")
        return name if is_device else f"{self.container}:{name}"
