"""Two folders change places in one step, where the system has a call for that."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = {"linux": -100, "darwin": -2}
_SWAP = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS have the same value


def exchange(first: Path, second: Path) -> None:
    """Swap what two paths name: at no time is there nothing, or half of something, under either of them.

    Raises `OSError`; with `ENOSYS`, `EINVAL` or the like where the system or the file system has no such call.
    """
    library = ctypes.CDLL(None, use_errno=True) if sys.platform in _AT_FDCWD else None
    call = getattr(library, "renameat2" if sys.platform == "linux" else "renameatx_np", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    here = ctypes.c_int(_AT_FDCWD[sys.platform])
    if call(here, os.fsencode(first), here, os.fsencode(second), ctypes.c_uint(_SWAP)):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(second))
