"""The CRC-32 of section 2: zlib's, or that of isal where the extra `fast` is installed.

isal's takes an eighth of the time for a full book and half for a Trade.
"""

from __future__ import annotations

try:
    from isal.isal_zlib import crc32
except ImportError:
    from zlib import crc32

__all__ = ["crc32"]
