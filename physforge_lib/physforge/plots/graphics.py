"""Find out whether this machine can draw in space: where it cannot, VTK would end the whole process."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

#: Of EGL's extensions for devices: drawing without a display.
_PLATFORM_DEVICE = 0x313F

_MOST_DEVICES = 16


@cache
def can_draw() -> bool:
    """Say whether there is something to draw with.

    Returns
    -------
    bool
        On Linux, whether EGL, OSMesa or a display answers; elsewhere the system has its own graphics.
    """
    if not sys.platform.startswith("linux"):
        return True
    return _egl_draws() or _display_answers() or any(map(_library, ("libOSMesa.so.8", "libOSMesa.so")))


def _library(name: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def _egl_draws() -> bool:
    """Ask each device of EGL, as VTK does. None is closed again: VTK may be drawing with it."""
    egl = _library("libEGL.so.1")
    if egl is None:
        return False
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
    egl.eglInitialize.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    query, display = (egl.eglGetProcAddress(name) for name in (b"eglQueryDevicesEXT", b"eglGetPlatformDisplayEXT"))
    if not query or not display:
        return False
    count, devices = ctypes.c_int(0), (ctypes.c_void_p * _MOST_DEVICES)()
    ask = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(query)
    if not ask(_MOST_DEVICES, ctypes.addressof(devices), ctypes.addressof(count)):
        return False
    display_of = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)(display)
    found = (display_of(_PLATFORM_DEVICE, device, None) for device in devices[: count.value])
    return any(one and egl.eglInitialize(one, None, None) for one in found)


def _display_answers() -> bool:
    x11 = _library("libX11.so.6") if os.environ.get("DISPLAY") else None
    if x11 is None:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    opened = x11.XOpenDisplay(None)
    if opened:
        x11.XCloseDisplay(opened)
    return bool(opened)
