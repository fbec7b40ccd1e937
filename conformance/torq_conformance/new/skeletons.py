"""Starting points for an implementation: they build, connect, and answer everything unsupported.

A language is a row of ``SKELETONS`` and a folder of that name beside this module. Its files are
copied as they are; the README is written from one template for all.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import jinja2

from torq_conformance.errors import KitError
from torq_conformance.report import output_file
from torq_specs.registry import REGISTRY

README = "README.md"


@dataclass(frozen=True)
class Skeleton:
    """A language: its files, how they are built, and the name of what comes out of it.

    ``paths`` are relative to its folder, the one to be written in first. ``build`` are lines for a
    shell in the new folder, ``needs`` the programs that they and the implementation call.
    """

    title: str
    paths: tuple[str, ...]
    needs: tuple[str, ...]
    build: tuple[str, ...]
    implementation: str

    @property
    def main(self) -> str:
        """The file in which an implementer begins."""
        return self.paths[0]

    @property
    def commands(self) -> tuple[str, ...]:
        """What to type next: to build, to learn what is missing, to be judged."""
        name = shlex.quote(self.implementation)
        return (*self.build, f"torq-conformance smoke {name}", f"torq-conformance run {name}")


SKELETONS: Mapping[str, Skeleton] = {
    "python": Skeleton("Python", ("codec.py",), (), (), "python:codec:Codec"),
    "c": Skeleton("C", ("main.c", "Makefile"), ("make", "cc"), ("make",), "stdio:./build/codec"),
    "rust": Skeleton(
        "Rust",
        ("src/main.rs", "Cargo.toml"),
        ("cargo",),
        ("cargo build --release",),
        "stdio:./target/release/codec",
    ),
    "go": Skeleton(
        "Go",
        ("main.go", "go.mod"),
        ("go",),
        ("go build -o build/codec .",),
        "stdio:./build/codec",
    ),
    "typescript": Skeleton(
        "TypeScript",
        ("src/main.ts", "package.json", "tsconfig.json"),
        ("npm", "node"),
        ("npm install", "npm run build"),
        "stdio:node build/main.js",
    ),
    "java": Skeleton(
        "Java",
        ("Codec.java",),
        ("javac", "java"),
        ("javac --release 17 -d build Codec.java",),
        "stdio:java -cp build Codec",
    ),
}


def find(language: str) -> Skeleton:
    """The skeleton for a language; KitError lists those there are."""
    if language not in SKELETONS:
        hint = f"There are {', '.join(SKELETONS)}; any other language can start from one of them."
        raise KitError(f"There is no skeleton for {language!r}.", hint)
    return SKELETONS[language]


def write(language: str, folder: Path) -> tuple[Path, ...]:
    """Write the skeleton for a language into a folder; returns the files, the first one to edit.

    The folder must be new or empty: KitError if it is not, or if it cannot be written.
    """
    skeleton = find(language)
    source = files("torq_conformance.new")
    texts = {path: source.joinpath(language, path).read_text("utf-8") for path in skeleton.paths}
    texts[README] = _readme(skeleton, source.joinpath("README.md.j2").read_text("utf-8"))
    try:
        if folder.exists() and any(folder.iterdir()):
            raise KitError(f"{folder} is not empty.", "Name a new folder: nothing is overwritten.")
        for path, text in texts.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            output_file.write(target, text)
    except OSError as error:
        problem = f"{error.filename or folder} cannot be written: {error.strerror}."
        raise KitError(problem, "Name a folder that can be made.") from error
    return tuple(folder / path for path in texts)


def _readme(skeleton: Skeleton, template: str) -> str:
    environment = jinja2.Environment(
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  # Markdown, not HTML
    )
    types = sum(not line.is_vendor_number for line in REGISTRY)
    return environment.from_string(template).render(skeleton=skeleton, types=types)
