"""What pages show is what commands print: every `console` block of docs/ is run.

A block ```` ```console ```` holds commands behind "$ " and what they print; "..." stands for
anything. `<!-- file: NAME -->` in front of a block writes it first. A page begins in an empty
folder, and its commands are run one after the other.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SECONDS = 300


def steps(page: str) -> Iterator[tuple[str, str, str]]:
    """In order: ``("file", name, text)`` and ``("run", command, what it prints)``."""
    for found in BLOCK.finditer(page):
        if found["file"]:
            yield "file", found["file"], found["text"]
        elif found["kind"] == "console":
            for part in re.split(r"^\$ ", found["text"], flags=re.MULTILINE)[1:]:
                command, _, printed = part.partition("\n")
                yield "run", command, printed


def is_as_shown(shown: str, printed: str) -> bool:
    """Whether a command printed what its page shows; where lines are broken does not count."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(shown, printed, flags)


def pages() -> Iterator[object]:
    for path in sorted(DOCS.glob("*.md")):
        if any(step[0] == "run" for step in steps(path.read_text())):
            yield pytest.param(path, id=path.stem)


@pytest.mark.long
@pytest.mark.parametrize("path", [*pages()])
def test_commands_print_what_their_page_shows(path: Path, tmp_path: Path) -> None:
    bin_ = Path(sys.executable).parent
    environment = {
        **{key: one for key, one in os.environ.items() if not key.startswith("PYTEST_")},
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    for kind, name, text in steps(path.read_text()):
        if kind == "file":
            (tmp_path / name).write_text(text)
            continue
        done = subprocess.run(
            ["bash", "-c", name],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert is_as_shown(text, done.stdout), f"{name}\n{done.stdout}{done.stderr}"


def test_what_is_shown_and_was_not_printed_is_seen() -> None:
    shown = "conformant\n...\n  C1 HDR-FLAGS  header.flags is\n"
    assert is_as_shown(shown, "conformant\nx\n  C1 HDR-FLAGS\n     header.flags is\n")
    assert not is_as_shown(shown, "not conformant\nx\n  C1 HDR-FLAGS  header.flags is\n")
    assert not is_as_shown(shown, "conformant\nx\n  C1 HDR-SOURCE  header.flags is\n")
    page = "<!-- file: a.py -->\n```python\nx\n```\n```console\n$ one\n1\n$ two\n```\n"
    assert [*steps(page)] == [("file", "a.py", "x\n"), ("run", "one", "1\n"), ("run", "two", "")]
