"""Writes codec/src/faults.rs from the faults that the kit exports.

torq-conformance export faults target/faults
python faults.py target/faults/torq.faults.json          # writes it
python faults.py --check target/faults/torq.faults.json  # exit code 1 if it is out of date
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RUST = Path(__file__).parent / "codec" / "src" / "faults.rs"
TYPES = {"integer": "Number", "string": "Text"}
WIDTH = 100

HEAD = """\
//! Section 6: the ways in which a message can be wrong, each with its context.
//!
//! Written by faults.py from `torq-conformance export faults`.

use crate::{Number, Text, define_error};

define_error! {
    /// Why a message is refused; the variants are the rows of section 6.
    pub enum Fault {
"""


def kind_of(fault: Mapping[str, Any]) -> str:
    """One row of the table, as `define_error!` takes it."""
    doc = textwrap.fill(
        fault["when"], WIDTH, initial_indent=" " * 8 + "/// ", subsequent_indent=" " * 8 + "/// "
    )
    fields = ", ".join(f"{field['name']}: {TYPES[field['type']]}" for field in fault["context"])
    return f"{doc}\n        {fault['row']} {fault['kind']} {{ {fields} }},\n"


def main() -> int:
    """Write the file, or say whether it is what would be written."""
    parser = argparse.ArgumentParser(description="Write codec/src/faults.rs.")
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("faults", type=Path, metavar="torq.faults.json")
    options = parser.parse_args()
    faults = json.loads(options.faults.read_text(encoding="utf-8"))["faults"]
    text = HEAD + "".join(map(kind_of, faults)) + "    }\n}\n"
    if not options.check:
        RUST.write_text(text, encoding="utf-8")
    elif RUST.read_text(encoding="utf-8") != text:
        print(f"{RUST} is not what {options.faults} gives; run faults.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
