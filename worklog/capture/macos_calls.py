"""The calls to macOS, by ctypes: CoreGraphics, CoreFoundation and ApplicationServices.

All are documented by Apple but one word: whether the screen is locked stands in the
session under `CGSSessionScreenIsLocked`, on which many programs rely and Apple keeps silent.
What is copied from the system is released again.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from worklog.app.ports import Box
from worklog.capture.macos_api import DesktopSession, ListedWindow

_FRAMEWORKS: Final = "/System/Library/Frameworks"
_UTF_8: Final = 0x08000100  # kCFStringEncodingUTF8
_ON_SCREEN: Final = 1 << 0  # kCGWindowListOptionOnScreenOnly
_WITHOUT_DESKTOP: Final = 1 << 4  # kCGWindowListExcludeDesktopElements
_NO_WINDOW: Final = 0  # kCGNullWindowID
_THIS_SESSION: Final = 0  # kCGEventSourceStateCombinedSessionState
_INT_64: Final = 4  # kCFNumberSInt64Type
_FLOAT_64: Final = 6  # kCFNumberFloat64Type
_TEXT: Final = 4096  # UTF-16 units fetched; a title keeps 512 characters


class Point(ctypes.Structure):
    """CGPoint on 64-bit systems, the only ones left."""

    _fields_ = (("x", ctypes.c_double), ("y", ctypes.c_double))


class Rect(ctypes.Structure):
    """CGRect, flat."""

    _fields_ = (
        ("x", ctypes.c_double),
        ("y", ctypes.c_double),
        ("width", ctypes.c_double),
        ("height", ctypes.c_double),
    )


class Range(ctypes.Structure):
    """CFRange."""

    _fields_ = (("location", ctypes.c_long), ("length", ctypes.c_long))


class MacCalls:
    """Asks macOS. Implements `worklog.capture.macos_api.MacApi`."""

    def __init__(self, load: Callable[[str], Any] | None = None) -> None:
        load = load or _library
        self._graphics = load("CoreGraphics")
        self._services = load("ApplicationServices")
        self._values = _Values(load("CoreFoundation"))
        self._declare()
        key = self._values.key
        self._on_console = key("kCGSSessionOnConsoleKey")  # kCGSessionOnConsoleKey
        self._locked = key("CGSSessionScreenIsLocked")
        self._owner, self._name, self._layer, self._alpha, self._bounds = (
            ctypes.c_void_p.in_dll(self._graphics, f"kCGWindow{name}")
            for name in ("OwnerName", "Name", "Layer", "Alpha", "Bounds")
        )

    def session(self) -> DesktopSession | None:
        with self._values.owned(self._graphics.CGSessionCopyCurrentDictionary()) as session:
            if not session:
                return None
            return DesktopSession(
                is_on_console=bool(self._values.number(session, self._on_console)),
                is_locked=bool(self._values.number(session, self._locked)),
            )

    # --- Permissions ------------------------------------------------------------------

    def may_record_screen(self) -> bool:
        return self._may(self._graphics, "CGPreflightScreenCaptureAccess")

    def may_listen(self) -> bool:
        return self._may(self._graphics, "CGPreflightListenEventAccess")

    def is_trusted(self) -> bool:
        return self._may(self._services, "AXIsProcessTrusted")

    def _may(self, library: Any, name: str) -> bool:  # noqa: ANN401 -- a library of ctypes
        """Return the answer; yes where macOS is too old to know the question (before 10.15)."""
        try:
            function = getattr(library, name)
        except AttributeError:
            return True
        function.restype, function.argtypes = ctypes.c_bool, ()
        return bool(function())

    # --- Windows ----------------------------------------------------------------------

    def windows(self) -> Sequence[ListedWindow] | None:
        copied = self._graphics.CGWindowListCopyWindowInfo(
            _ON_SCREEN | _WITHOUT_DESKTOP, _NO_WINDOW
        )
        with self._values.owned(copied) as listed:
            if not listed:
                return None
            return [self._listed(each) for each in self._values.items(listed)]

    def _listed(self, window: int) -> ListedWindow:
        values = self._values
        alpha = values.number(window, self._alpha)
        return ListedWindow(
            owner=values.text(window, self._owner) or "",
            name=values.text(window, self._name),
            layer=int(values.number(window, self._layer) or 0),
            alpha=1.0 if alpha is None else float(alpha),
            box=self._box(window),
        )

    def _box(self, window: int) -> Box | None:
        bounds, rect = self._values.dictionary(window, self._bounds), Rect()
        if not bounds or not self._graphics.CGRectMakeWithDictionaryRepresentation(
            bounds, ctypes.byref(rect)
        ):
            return None
        return Box(int(rect.x), int(rect.y), int(rect.width), int(rect.height))

    # --- Input ------------------------------------------------------------------------

    def pointer(self) -> tuple[int, int] | None:
        with self._values.owned(self._graphics.CGEventCreate(None)) as event:
            if not event:
                return None
            point = self._graphics.CGEventGetLocation(event)
            return int(point.x), int(point.y)

    def count(self, kind: int) -> int:
        return int(self._graphics.CGEventSourceCounterForEventType(_THIS_SESSION, kind))

    def _declare(self) -> None:
        """Tell ctypes the types: a reference is wider than the int that it would take it for."""
        reference, number = ctypes.c_void_p, ctypes.c_uint32
        graphics = self._graphics
        for function, answer, questions in (
            (graphics.CGSessionCopyCurrentDictionary, reference, ()),
            (graphics.CGWindowListCopyWindowInfo, reference, (number, number)),
            (
                graphics.CGRectMakeWithDictionaryRepresentation,
                ctypes.c_bool,
                (reference, ctypes.POINTER(Rect)),
            ),
            (graphics.CGEventCreate, reference, (reference,)),
            (graphics.CGEventGetLocation, Point, (reference,)),
            (graphics.CGEventSourceCounterForEventType, number, (ctypes.c_int32, number)),
        ):
            function.restype, function.argtypes = answer, questions


class _Values:
    """Values of CoreFoundation. A reference is a number, 0 or None is none."""

    def __init__(self, foundation: Any) -> None:  # noqa: ANN401 -- a library of ctypes
        self._foundation = foundation
        reference, boolean, size = ctypes.c_void_p, ctypes.c_bool, ctypes.c_long
        for function, answer, questions in (
            (foundation.CFArrayGetCount, size, (reference,)),
            (foundation.CFArrayGetValueAtIndex, reference, (reference, size)),
            (foundation.CFBooleanGetTypeID, ctypes.c_ulong, ()),
            (foundation.CFBooleanGetValue, boolean, (reference,)),
            (foundation.CFDictionaryGetTypeID, ctypes.c_ulong, ()),
            (foundation.CFDictionaryGetValue, reference, (reference, reference)),
            (foundation.CFGetTypeID, ctypes.c_ulong, (reference,)),
            (foundation.CFNumberGetTypeID, ctypes.c_ulong, ()),
            (foundation.CFNumberGetValue, boolean, (reference, size, reference)),
            (foundation.CFNumberIsFloatType, boolean, (reference,)),
            (foundation.CFRelease, None, (reference,)),
            (
                foundation.CFStringCreateWithCString,
                reference,
                (reference, ctypes.c_char_p, ctypes.c_uint32),
            ),
            (foundation.CFStringGetCharacters, None, (reference, Range, reference)),
            (foundation.CFStringGetLength, size, (reference,)),
            (foundation.CFStringGetTypeID, ctypes.c_ulong, ()),
        ):
            function.restype, function.argtypes = answer, questions

    def key(self, name: str) -> ctypes.c_void_p:
        """Return *name* as a key of a dictionary; kept for as long as the process lives."""
        created = self._foundation.CFStringCreateWithCString(None, name.encode(), _UTF_8)
        if not created:
            msg = "macOS made no text"
            raise OSError(msg)
        return ctypes.c_void_p(created)

    @contextmanager
    def owned(self, reference: int | None) -> Iterator[int | None]:
        """Release what a call with Create or Copy in its name has given."""
        try:
            yield reference
        finally:
            if reference:
                self._foundation.CFRelease(reference)

    def items(self, array: int) -> list[int]:
        count = self._foundation.CFArrayGetCount(array)
        return [self._foundation.CFArrayGetValueAtIndex(array, at) for at in range(count)]

    def text(self, dictionary: int, key: ctypes.c_void_p) -> str | None:
        """Return a text, whatever is in it; halves of characters become question marks."""
        found = self._found(dictionary, key, self._foundation.CFStringGetTypeID())
        if not found:
            return None
        length = min(self._foundation.CFStringGetLength(found), _TEXT)
        units = (ctypes.c_uint16 * length)()
        self._foundation.CFStringGetCharacters(found, Range(0, length), units)
        return bytes(units).decode(f"utf-16-{sys.byteorder[0]}e", "replace")

    def number(self, dictionary: int, key: ctypes.c_void_p) -> float | None:
        """Return a number, or 1 or 0 of a boolean."""
        boolean = self._found(dictionary, key, self._foundation.CFBooleanGetTypeID())
        if boolean:
            return int(self._foundation.CFBooleanGetValue(boolean))
        found = self._found(dictionary, key, self._foundation.CFNumberGetTypeID())
        if not found:
            return None
        is_float = self._foundation.CFNumberIsFloatType(found)
        value = ctypes.c_double() if is_float else ctypes.c_int64()
        self._foundation.CFNumberGetValue(
            found, _FLOAT_64 if is_float else _INT_64, ctypes.byref(value)
        )
        return value.value

    def dictionary(self, dictionary: int, key: ctypes.c_void_p) -> int | None:
        return self._found(dictionary, key, self._foundation.CFDictionaryGetTypeID())

    def _found(self, dictionary: int, key: ctypes.c_void_p, kind: int) -> int | None:
        """Return what stands under *key* if it is of *kind*; it belongs to the dictionary."""
        found: int | None = self._foundation.CFDictionaryGetValue(dictionary, key)
        return found if found and self._foundation.CFGetTypeID(found) == kind else None


def _library(name: str) -> Any:  # noqa: ANN401 -- a library of ctypes has any function
    if sys.platform == "darwin":
        return ctypes.CDLL(f"{_FRAMEWORKS}/{name}.framework/{name}")
    msg = "not macOS"
    raise OSError(msg)
