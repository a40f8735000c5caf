"""The portal of a wlroots desktop as Debian ships it, on a private bus: nothing is played.

    with private_bus(tmp_path) as bus, sway() as desktop:
        with portal_stack(bus, desktop, tmp_path) as stack:
            ScreenCastScreen(stack.environ, ...)

It is pipewire with its session manager, xdg-desktop-portal with its store of answers, and
xdg-desktop-portal-wlr, which grants all monitors it is asked for without a question.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.dbus import PrivateBus
from tests.support.dmabuf_word import with_dmabuf_word
from tests.support.sway import Sway
from tests.support.until import until
from worklog.capture.bus import Bus

PORTAL = "org.freedesktop.portal.Desktop"
_STORE = "org.freedesktop.impl.portal.PermissionStore"
_WLR = "org.freedesktop.impl.portal.desktop.wlr"
_LIBEXEC = Path("/usr/libexec")
_CONFIG = """[screencast]
chooser_type=none
output_name={output}
max_fps=30
"""


class PortalStack:
    """The running programs.

    Attributes:
        environ: What worklog needs to reach them.
    """

    def __init__(self, bus: PrivateBus, desktop: Sway, folder: Path, *, output: str) -> None:
        self._bus = bus
        self._folder = folder / "portal"
        self._folder.mkdir(mode=0o700)
        runtime, config, data = (self._folder / name for name in ("run", "config", "data"))
        for made in (runtime, config, data):
            made.mkdir(mode=0o700)
        own = {
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(config),
            "XDG_DATA_HOME": str(data),
            "XDG_CURRENT_DESKTOP": "sway",
            "XDPW_PERSIST_MODE": "permanent",
        }
        self.environ: Mapping[str, str] = {**desktop.environ, **bus.environ, **own}
        self._compositor = desktop.environ["WAYLAND_DISPLAY"]
        self._sockets = runtime
        self._older = self._folder / "wayland-0"
        self._config = config / "xdpw"
        self._config.write_text(_CONFIG.format(output=output))
        self._exits = ExitStack()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start all of them, each once what it needs is there."""
        self._exits.enter_context(with_dmabuf_word(self._compositor, self._older))
        self._run("pipewire")
        until(lambda: (self._sockets / "pipewire-0").exists(), within_s=20)
        self._run("wireplumber")
        self._run(str(_LIBEXEC / "xdg-permission-store"))
        wlr = str(_LIBEXEC / "xdg-desktop-portal-wlr")
        self._run(wlr, "-l", "TRACE", "-c", str(self._config), WAYLAND_DISPLAY=str(self._older))
        for name in (_STORE, _WLR):
            until(lambda name=name: self._is_on_bus(name), within_s=20)  # type: ignore[misc]
        self._run(str(_LIBEXEC / "xdg-desktop-portal"))
        until(lambda: self._is_on_bus(PORTAL), within_s=20)

    def stop(self) -> None:
        """End what was started, the last first."""
        for process in reversed(self._processes.values()):
            process.kill()
            process.wait()
        self._processes.clear()
        self._exits.close()

    def kill(self, program: str) -> None:
        """Kill one of them."""
        process = self._processes.pop(program)
        process.kill()
        process.wait()

    def logs(self) -> str:
        """Return what they complained about."""
        return "".join(path.read_text() for path in sorted(self._folder.glob("*.log")))

    def _run(self, program: str, *words: str, **more: str) -> None:
        name = Path(program).name
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                [program, *words],
                env={**os.environ, **self.environ, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _is_on_bus(self, name: str) -> bool:
        bus = Bus(self._bus.address, limit_s=lambda: 5.0)
        try:
            return bus.has_owner(name)
        finally:
            bus.close()


@contextmanager
def portal_stack(
    bus: PrivateBus, desktop: Sway, folder: Path, *, output: str = "HEADLESS-1"
) -> Iterator[PortalStack]:
    """Yield the running portal; its files are in *folder*, it gives the monitor *output*."""
    stack = PortalStack(bus, desktop, folder, output=output)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
