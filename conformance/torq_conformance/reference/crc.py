"""The CRC-32 of section 2: zlib's, or that of isal where the extra `fast` is installed.

isal's takes an eighth of the time for a full book and half for a Trade.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

crc32: Callable[..., int]
"""Of bytes, and of what the sum of those before them was."""

try:
    from isal import isal_zlib
except ImportError:
    crc32 = zlib.crc32
else:
    crc32 = isal_zlib.crc32
