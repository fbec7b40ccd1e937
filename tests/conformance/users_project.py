"""A project as somebody has it: folders with our names, a conftest, warnings that are errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CODEC = '''
from torq_conformance.reference import Reference


class Codec(Reference):
    """Clears half of the flags, and takes any version."""

    name = "mine"

    def decode(self, data):
        if len(data) > 5 and data[5] == 2:
            data = data[:5] + bytes([1]) + data[6:]
        message = super().decode(data)
        message["header"]["flags"] &= 15
        return message
'''

FILES = {
    "pyproject.toml": """
[tool.pytest.ini_options]
addopts = ["--strict-markers", "--strict-config"]
filterwarnings = ["error"]
xfail_strict = true
torq_profile = "quick"
""",
    "conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef everywhere():\n    yield\n",
    "codec.py": CODEC,
    "test_mine.py": "from codec import Codec\nfrom torq_conformance import conformance_suite\n\n"
    "TestMine = conformance_suite(Codec)\n",
    "specs/__init__.py": "",
    "specs/test_specs.py": "def test_of_specs():\n    pass\n",
    "conformance/__init__.py": "raise RuntimeError('somebody has imported the wrong folder')\n",
    "vectors/readme.txt": "",
}

RESULTS = "torq-results-test_mine-TestMine.json"
PART = "chapter:header or chapter:checksum or of_specs or of_plugin"


@dataclass(frozen=True)
class Ran:
    """What one run of pytest came to."""

    code: int
    output: str
    document: dict[str, Any]

    @property
    def found(self) -> tuple[Any, ...]:
        """What must not depend on how the tests were run."""
        causes = [(one["requirement"], one["problem"]) for one in self.document["causes"]]
        return self.document["digest"], self.document["conclusion"], causes


def make(folder: Path, **more: str) -> Path:
    """Lay the project into a folder, with further files."""
    for name, text in {**FILES, **more}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def run(folder: Path, *words: str, part: str = PART, autoload: bool = False) -> Ran:
    """Run pytest in the project, without plugins but those that are named, or with all of them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    quiet = () if "no:terminal" in words else ("-q", "--tb=no")
    alone = {} if autoload else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ours = () if autoload else ("-p", "torq_conformance", "-p", "xdist")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *ours, *words, "-k", part],
        cwd=folder,
        env={**kept, **alone},
        capture_output=True,
        text=True,
        check=False,
    )
    file = folder / RESULTS
    document = json.loads(file.read_text()) if file.exists() else {}
    return Ran(done.returncode, done.stdout + done.stderr, document)
