"""Signs of activity on Wayland, by the compositor's idle protocol.

No Wayland program may see the keys of another, and this one does not want to: the
compositor says when half a second without input has gone by, and when input is back. So
a minute is known to be active or not, and counts stay unknown. What the protocol leaves
out: it does not tell pointer movement from a click.

A program that keeps the screen awake (a film, a call) stops the older protocols from
telling anything, whether somebody is there or not. Such time is given as unknown:

* where activity seems to go on and on without half a second's rest,
* where a fresh notification, asked for while the old one says idle, does not say idle too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from worklog.app.ports import Clock, Reading
from worklog.capture.connection import Listener
from worklog.capture.wayland_session import refusal
from worklog.capture.wayland_wire import REGISTRY, Event, Wire, WireError

REST_MS: Final = 500  # without input, after which the compositor says idle [ms]
REST_NS: Final = REST_MS * 1_000_000
ENDLESS_NS: Final = 20_000_000_000  # activity without a rest that is not believed any more
PROBE_NS: Final = 5_000_000_000  # between looks whether idle still means idle
SLACK_NS: Final = 500_000_000  # by which the compositor's word may be late
STEP_S: Final = 1.0  # longest the thread sleeps [s]

_SEAT: Final = "wl_seat"
_IDLED, _RESUMED = 0, 1  # events, the same in all three
_DESTROY: Final = 0  # request, likewise


@dataclass(frozen=True, slots=True)
class _Protocol:
    """One of the idle protocols.

    Attributes:
        interface: Its global.
        version: From which on this row holds.
        request: That makes a notification.
        is_seat_first: Whether the seat comes before the time among its arguments.
        sees_all: Whether programs that keep the screen awake do not hide input from it.
    """

    interface: str
    version: int
    request: int
    is_seat_first: bool
    sees_all: bool


# Best first.
_PROTOCOLS: Final = (
    _Protocol("ext_idle_notifier_v1", 2, 2, is_seat_first=False, sees_all=True),
    _Protocol("ext_idle_notifier_v1", 1, 1, is_seat_first=False, sees_all=False),
    _Protocol("org_kde_kwin_idle", 1, 0, is_seat_first=True, sees_all=False),
)


class IdleNotifyInput:
    """Sees whether there is input, and never what."""

    name = "idle-notify"

    def __init__(self, environ: Mapping[str, str], *, clock: Clock) -> None:
        self._environ = environ
        self._clock = clock
        self._events = 0  # of listeners that have ended
        self._listener: _Listener | None = None

    def unavailable_reason(self) -> str | None:
        """Return why activity cannot be seen this way, or None."""
        reason = refusal(self._environ)
        if reason is not None:
            return reason
        try:
            with Wire(self._environ) as wire:
                found = _protocol(wire)
                has_seat = bool(wire.names(_SEAT))
        except WireError as error:
            return str(error)
        if found is None:
            return "the compositor does not tell when somebody is idle"
        return None if has_seat else "the compositor has no seat, so no input"

    def start(self) -> None:
        """Begin to listen, or again after the compositor went away; figures go on."""
        listener = self._listener
        if listener is not None:
            if listener.is_alive():
                return
            self._events += listener.events
        self._listener = _Listener(self._environ, self._clock)
        self._listener.begin()

    def read(self) -> Reading:
        """Return the signs of activity so far; counts are never known."""
        listener = self._listener
        events = self._events + (listener.events if listener is not None else 0)
        is_alive = listener is not None and listener.is_alive() and listener.can_tell()
        return Reading(keys=None, clicks=None, scrolls=None, events=events, is_alive=is_alive)

    def stop(self) -> None:
        """Stop listening."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()
            self._events += listener.events


@dataclass(slots=True)
class _Seat:
    """What is known of one seat: a keyboard and a pointer that belong together.

    Attributes:
        watch: The notification that tells of it.
        since_ns: When that changed last, or was asked for; by the clock that stands still
            in suspend.
        is_idle: What it said last.
        probe: A second notification that has to say idle too; 0 without one.
        probed_ns: When that was asked for, or the last one was answered.
    """

    watch: int
    since_ns: int
    is_idle: bool = False
    probe: int = 0
    probed_ns: int = 0

    def can_tell(self, now_ns: int) -> bool:
        """Return whether input would be seen although something may keep the screen awake."""
        if self.probe:
            return now_ns - self.probed_ns <= REST_NS + SLACK_NS
        return self.is_idle or now_ns - self.since_ns <= ENDLESS_NS


class _Listener(Listener[Wire]):
    """Follows what one compositor tells of its seats.

    Attributes:
        events: Signs of activity so far.
    """

    def __init__(self, environ: Mapping[str, str], clock: Clock) -> None:
        super().__init__("idle-notify")
        self.events = 0
        self._environ = environ
        self._clock = clock
        self._protocol: _Protocol | None = None
        self._notifier = 0
        self._seats: dict[int, _Seat] = {}  # by the compositor's name for it
        self._objects: dict[int, int] = {}  # our object for each of those names

    def can_tell(self) -> bool:
        """Return whether input would be seen at this moment, if there were any."""
        protocol = self._protocol
        if not self.is_listening or protocol is None:
            return False
        now_ns = self._clock.awake_ns()
        return protocol.sees_all or all(s.can_tell(now_ns) for s in list(self._seats.values()))

    def connect(self) -> Wire:
        return Wire(self._environ)

    def ask(self, connection: Wire) -> bool:
        """Ask to be told of all seats; return whether the compositor does that."""
        wire = connection
        protocol = self._protocol = _protocol(wire)
        if protocol is None:
            return False
        self._notifier = wire.bind(wire.names(protocol.interface)[0], version=protocol.version)
        self._look_for_seats(wire, protocol)
        wire.round_trip()
        return bool(self._seats)

    def listen(self, connection: Wire) -> None:
        wire, protocol = connection, self._protocol
        while protocol is not None and self._seats and not self.is_stopped:
            for event in wire.within(STEP_S):
                if event.sender == REGISTRY:
                    self._look_for_seats(wire, protocol)
                self._take(event, wire)
            self._step(wire, protocol)

    def _look_for_seats(self, wire: Wire, protocol: _Protocol) -> None:
        """Ask to be told of seats that are new; forget those that went away."""
        names = wire.names(_SEAT)
        for name in set(self._seats) - set(names):
            del self._seats[name]
        for name in names:
            if name not in self._seats:
                self._objects[name] = wire.bind(name, version=1)
                watch = self._ask(name, wire, protocol)
                self._seats[name] = _Seat(watch, self._clock.awake_ns())

    def _ask(self, name: int, wire: Wire, protocol: _Protocol) -> int:
        made, seat = wire.new_id(), self._objects[name]
        rest = (seat, REST_MS) if protocol.is_seat_first else (REST_MS, seat)
        wire.send(self._notifier, protocol.request, made, *rest)
        return made

    def _take(self, event: Event, wire: Wire) -> None:
        """Take in what a notification says."""
        now_ns = self._clock.awake_ns()
        for seat in self._seats.values():
            if event.sender == seat.watch and event.opcode in (_IDLED, _RESUMED):
                self._change(seat, now_ns, is_idle=event.opcode == _IDLED)
                if not seat.is_idle:
                    self._drop_probe(seat, wire)
            elif event.sender == seat.probe and event.opcode == _IDLED:
                self._drop_probe(seat, wire)
                seat.probed_ns = now_ns

    def _change(self, seat: _Seat, now_ns: int, *, is_idle: bool) -> None:
        lasted_ns = now_ns - seat.since_ns
        # The last input before a rest was its length ago. After endless activity nobody
        # knows whether it was that.
        if not is_idle or (not seat.is_idle and REST_NS + SLACK_NS < lasted_ns <= ENDLESS_NS):
            self.events += 1
        seat.is_idle, seat.since_ns, seat.probed_ns = is_idle, now_ns, now_ns

    def _step(self, wire: Wire, protocol: _Protocol) -> None:
        """Do what is due without an event."""
        now_ns = self._clock.awake_ns()
        for name, seat in self._seats.items():
            if protocol.sees_all:
                if not seat.is_idle and now_ns - seat.since_ns > REST_NS + SLACK_NS:
                    self.events += 1
            elif seat.is_idle and not seat.probe and now_ns - seat.probed_ns >= PROBE_NS:
                seat.probed_ns = now_ns
                seat.probe = self._ask(name, wire, protocol)

    def _drop_probe(self, seat: _Seat, wire: Wire) -> None:
        if seat.probe:
            wire.send(seat.probe, _DESTROY)
            seat.probe = 0


def _protocol(wire: Wire) -> _Protocol | None:
    """Return the best idle protocol that the compositor speaks, or None."""
    offered = dict(wire.globals.values())
    return next((p for p in _PROTOCOLS if offered.get(p.interface, 0) >= p.version), None)
