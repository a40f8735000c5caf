"""The process that becomes another program, which then ends by itself and leaves no core.

python -m worklog.capture.camera_launcher ffmpeg -i …
"""

from __future__ import annotations

import os
import sys

from worklog.capture.camera_reader import end_some_day


def main() -> None:
    """Become what the words of the command name; alarm and limits go along."""
    end_some_day()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 -- that is what it is for


if __name__ == "__main__":
    main()
