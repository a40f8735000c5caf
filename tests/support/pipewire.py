"""A private PipeWire with its session manager, and pictures that are streamed in it.

with pipewire(tmp_path, bus) as server, server.showing("red", (64, 48)) as node:
    frame_of(server.connection(), node, server.environ, limit_s=10)
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.dbus import PrivateBus
from tests.support.until import until

_NAME = "worklog-test"


class PipeWire:
    """The running server.

    Attributes:
        runtime: The folder of its socket.
        environ: What reaches it, on top of the test's own environment.
    """

    def __init__(self, folder: Path, bus: PrivateBus) -> None:
        self.runtime = folder / "pipewire"
        self.runtime.mkdir(mode=0o700)
        own = {
            name: str(self.runtime)
            for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
        }
        self.environ: Mapping[str, str] = {**os.environ, **bus.environ, **own}
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start it; return once it answers."""
        self._run("pipewire")
        until((self.runtime / "pipewire-0").exists, within_s=20)
        self._run("wireplumber")
        until(lambda: self._objects("Client", "application.name", "WirePlumber"), within_s=20)

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def connection(self) -> socket.socket:
        """Return a connection to it, as a portal hands out."""
        link = socket.socket(socket.AF_UNIX)
        link.connect(str(self.runtime / "pipewire-0"))
        return link

    @contextmanager
    def showing(self, colour: int, size: tuple[int, int]) -> Iterator[int]:
        """Stream a picture of *colour* (0xRRGGBB) and *size* [px]; yield its node.

        Meant to be looked at once, as those of a portal are: GStreamer's sink may stand still
        once several have come and gone.
        """
        width, height = size
        name = f"{_NAME}-{colour:06x}-{width}x{height}"
        words = (
            *("gst-launch-1.0", "-q", "videotestsrc", "pattern=solid-color", "is-live=true"),
            *(f"foreground-color={0xFF000000 | colour}", "!"),
            *(f"video/x-raw,format=BGRx,width={width},height={height},framerate=30/1", "!"),
            *("pipewiresink", "mode=provide", f"stream-properties=p,node.name={name}"),
        )
        process = subprocess.Popen(words, env=self.environ, stdout=subprocess.DEVNULL)
        try:
            (node,) = until(lambda: self._objects("Node", "node.name", name), within_s=20)
            yield int(node["id"])
        finally:
            process.kill()
            process.wait()

    def streams(self) -> list[str]:
        """Return what is being streamed, by the names of the nodes."""
        return [
            node["info"]["props"].get("node.name", "")
            for node in self._dump("Node")
            if "Stream" in node["info"]["props"].get("media.class", "")
        ]

    def _objects(self, kind: str, name: str, value: str) -> list[dict[str, Any]]:
        return [
            found
            for found in self._dump(kind)
            if found.get("info", {}).get("props", {}).get(name) == value
        ]

    def _dump(self, kind: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            ["pw-dump"], env=self.environ, check=True, capture_output=True, timeout=30
        )
        return [
            found
            for found in json.loads(done.stdout)
            if found["type"] == f"PipeWire:Interface:{kind}"
        ]

    def _run(self, program: str) -> None:
        log = (self.runtime / f"{program}.log").open("wb")
        with log:
            self._processes.append(
                subprocess.Popen(
                    [program], env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            )


@contextmanager
def pipewire(folder: Path, bus: PrivateBus) -> Iterator[PipeWire]:
    """Yield a running server whose files are in *folder*; its session manager wants a bus."""
    server = PipeWire(folder, bus)
    try:
        server.start()
        yield server
    finally:
        server.stop()
