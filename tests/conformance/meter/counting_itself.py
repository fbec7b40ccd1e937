"""A program that says it is one of Go: every frame comes back, and it counts for itself.

At its end its argument is written into the file that TORQ_METER_MALLOCS names, with ``{calls}`` and
``{bytes}`` as three calls and 307 bytes a message make them; without an argument nothing is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HELLO = b'{"id":1,"ok":{"name":"it","version":"1","language":"Go","capabilities":%b}}\n'
count = 0
sys.stdin.buffer.readline()
sys.stdout.buffer.write(HELLO % b'["decode","encode","frames"]')
sys.stdout.buffer.flush()
sys.stdin.buffer.readline()
sys.stdout.buffer.write(b'{"id":2,"ok":true}\n')
sys.stdout.buffer.flush()
while len(head := sys.stdin.buffer.read(4)) == 4 and head != b"\xff\xff\xff\xff":
    sys.stdout.buffer.write(head + sys.stdin.buffer.read(int.from_bytes(head, "little")))
    sys.stdout.buffer.flush()
    count += 1
for text in sys.argv[1:]:
    path = Path(os.environ["TORQ_METER_MALLOCS"])
    path.write_text(text.format(calls=9 + 3 * count, bytes=800 + 307 * count), encoding="ascii")
