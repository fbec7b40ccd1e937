"""``python -m torq_conformance.relay.mutants F01 --domain 1 --socket PATH``: a faulty relay."""

from __future__ import annotations

import sys

from torq_conformance.relay.mutants.gallery import GALLERY
from torq_conformance.relay.reference.__main__ import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], GALLERY[sys.argv[1]]))
