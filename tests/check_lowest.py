"""Fails unless exactly the lower bounds of pyproject.toml are installed."""

import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
wrong = []
for requirement in project["dependencies"]:
    match = re.fullmatch(r"([\w-]+)>=([\d.]+),<[\d.]+", requirement)
    if match is None:
        sys.exit(f"{requirement} has no lower and upper bound")
    name, lowest = match.groups()
    if [int(n) for n in lowest.split(".")] != [int(n) for n in version(name).split(".")][
        : len(lowest.split("."))
    ]:
        wrong.append(f"{name} is {version(name)}, the bound is {lowest}")
if wrong:
    sys.exit("\n".join(wrong))
sys.stdout.write(f"the lower bounds of {len(project['dependencies'])} are installed\n")
