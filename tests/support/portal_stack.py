"""The portal of a wlroots desktop as Debian ships it, on a private bus: nothing is played.

    with private_bus(tmp_path) as bus, sway() as desktop, restless(desktop):
        with portal_stack(bus, desktop, tmp_path) as stack:
            ScreenCastScreen(stack.environ, ...)

It is PipeWire, xdg-desktop-portal with its store of answers, and xdg-desktop-portal-wlr.
That asks nobody, and waits for something to change.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.dbus import PrivateBus
from tests.support.dmabuf_word import with_dmabuf_word
from tests.support.pipewire import PipeWire, pipewire
from tests.support.sway import Sway, terminal
from tests.support.until import until
from worklog.capture.bus import connected

SHOWS_THE_FIRST = "chooser_type=none\noutput_name=HEADLESS-1\n"
SAYS_NO = "chooser_type=simple\nchooser_cmd=true\n"

_PORTAL = "org.freedesktop.portal.Desktop"
_STORE = "org.freedesktop.impl.portal.PermissionStore"
_WLR = "org.freedesktop.impl.portal.desktop.wlr"
_LIBEXEC = Path("/usr/libexec")
# xdg-desktop-portal-wlr has no question about it.
_REMEMBERS = {"XDPW_PERSIST_MODE": "permanent"}


class PortalStack:
    """The running programs.

    Attributes:
        environ: What worklog needs to reach them.
        server: The PipeWire among them.
    """

    def __init__(
        self, bus: PrivateBus, desktop: Sway, folder: Path, *, server: PipeWire, chooser: str
    ) -> None:
        self.server = server
        own = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(server.runtime),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "share"),
            "XDG_CURRENT_DESKTOP": "sway",
        }
        self.environ: Mapping[str, str] = {**desktop.environ, **bus.environ, **own}
        self._address = bus.address
        self._folder = folder
        self._config = folder / "xdg-desktop-portal-wlr.conf"
        self._config.write_text(f"[screencast]\nmax_fps=30\n{chooser}")
        self._compositor = desktop.environ["WAYLAND_DISPLAY"]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._exits = ExitStack()

    def start(self) -> None:
        """Start all of them, each once what it needs is there."""
        compositor = self._folder / "wayland-0"
        self._exits.enter_context(with_dmabuf_word(self._compositor, compositor))
        self._run("xdg-permission-store", _STORE)
        words = ("-c", str(self._config))
        more = {**_REMEMBERS, "WAYLAND_DISPLAY": str(compositor)}
        self._run("xdg-desktop-portal-wlr", _WLR, *words, **more)
        self._run("xdg-desktop-portal", _PORTAL)

    def stop(self) -> None:
        """End what was started, the last first."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._exits.close()

    def _run(self, program: str, name: str, *words: str, **more: str) -> None:
        """Start *program*; return once it has its *name* on the bus."""
        with (self._folder / f"{program}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(_LIBEXEC / program), *words],
                env={**self.environ, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        with connected(self._address, limit_s=5.0) as bus:
            until(lambda: bus.has_owner(name), within_s=20)


@contextmanager
def portal_stack(
    bus: PrivateBus, desktop: Sway, folder: Path, *, chooser: str = SHOWS_THE_FIRST
) -> Iterator[PortalStack]:
    """Yield the running portal, whose files are in *folder*; *chooser* is who answers it."""
    with pipewire(folder, bus) as server:
        stack = PortalStack(bus, desktop, folder, server=server, chooser=chooser)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


@contextmanager
def restless(desktop: Sway) -> Iterator[None]:
    """Show a terminal on *desktop* that draws the same again and again."""
    first = "printf 'x\\r\\033]2;restless\\007'"
    again = f"{first}; while :; do printf 'x\\r'; sleep 0.05; done"
    with terminal(desktop, command=("sh", "-c", again)):
        until(lambda: "restless" in desktop.tree(), within_s=20)
        yield
