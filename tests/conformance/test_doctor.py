"""The machine and the shell: what is lacking and how to get it, completion in real shells."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from torq_conformance.cli import main
from torq_conformance.doctor import parts
from torq_conformance.new.skeletons import SKELETONS

ROOT = Path(__file__).parent.parent.parent


def program(folder: Path, name: str, says: str = "") -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it but what a test puts there, and a shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def doctor(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words])


def test_what_is_lacking_is_said_with_the_remedy(machine: Path) -> None:
    program(machine, "apt-get")
    done = doctor()
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert "lacking meter      instructions and profiles in meter" in done.output
    assert "          valgrind is not there: apt-get install valgrind" in lines
    assert "          cargo is not there: apt-get install cargo" in lines
    assert all(len(line) <= 100 for line in lines if "pip install" not in line)
    assert lines[-1].endswith(f"of {len(parts.PARTS)} parts can be used here")


@pytest.mark.parametrize(
    ("manager", "remedy"),
    [
        ("brew", "brew install wireshark"),
        ("", "install tshark with this system's packages"),
    ],
)
def test_the_remedy_is_that_of_the_system(manager: str, remedy: str, machine: Path) -> None:
    if manager:
        program(machine, manager)
    assert f"tshark is not there: {remedy}" in doctor("dissector").output


def test_what_is_there_is_fine(machine: Path) -> None:
    program(machine, "valgrind")
    program(machine, "go", "go version go1.22.1 linux/amd64")
    done = doctor("meter", "go", "go")
    assert done.exit_code == 0
    assert "2 of 2 parts can be used here" in done.output


@pytest.mark.parametrize(
    ("part", "name", "says", "problem"),
    [
        ("go", "go", "go version go1.21.9 linux/amd64", "is 1.21.9, and 1.22 is needed"),
        ("rust", "cargo", "cargo 1.70.0 (ec8a8a0ca 2023-04-25)", "is 1.70.0, and 1.71 is needed"),
        ("typescript", "node", "v18.19.0", "is 18.19.0, and 20 is needed"),
        ("java", "java", 'openjdk version "1.8.0_392"', "is 1.8.0, and 17 is needed"),
        ("java", "javac", "no version at all", "is an unknown version, and 17 is needed"),
    ],
)
def test_what_is_too_old_is_lacking(
    part: str, name: str, says: str, problem: str, machine: Path
) -> None:
    program(machine, name, says)
    done = doctor(part)
    assert done.exit_code == 1
    assert f"{name} {problem}" in done.output


def test_an_extra_that_is_not_installed_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    done = doctor("charts", "signing")
    assert done.exit_code == 1
    assert f"matplotlib is not installed: {sys.executable} -m pip install 'matplotlib" in (
        done.output
    )
    assert "cryptography is not installed" in done.output


def test_json_says_the_same(machine: Path) -> None:
    program(machine, "valgrind")
    done = doctor("meter", "page", "--json")
    assert done.exit_code == 1
    meter, page = json.loads(done.output)["parts"]
    assert (meter["name"], meter["is_ready"]) == ("meter", True)
    assert meter["needs"][0]["found"] == str(machine / "valgrind")
    assert (page["is_ready"], page["needs"][0]["problem"]) == (False, "is not there")


def test_a_part_that_there_is_not_is_named() -> None:
    done = doctor("haskell")
    assert done.exit_code == 2
    assert done.output == (
        "torq-conformance: There is no part 'haskell'. There are: "
        f"{', '.join(part.name for part in parts.PARTS)}.\n"
    )


def test_every_program_of_a_skeleton_is_known_and_every_extra_a_part() -> None:
    needed = {name for skeleton in SKELETONS.values() for name in skeleton.needs}
    assert needed <= set(parts.PROGRAMS)
    used = {name for part in parts.PARTS for name in part.programs}
    assert used == set(parts.PROGRAMS)
    extras = importlib.metadata.metadata("torq-conformance").get_all("Provides-Extra") or []
    assert {part.extra for part in parts.PARTS if part.extra} == set(extras)


def test_the_oldest_toolchains_are_those_of_the_skeletons() -> None:
    new = ROOT / "conformance" / "torq_conformance" / "new"
    oldest = {name: ".".join(map(str, one.oldest)) for name, one in parts.PROGRAMS.items()}
    assert f"\ngo {oldest['go']}\n" in (new / "go" / "go.mod").read_text()
    assert f'rust-version = "{oldest["cargo"]}"' in (new / "rust" / "Cargo.toml").read_text()
    assert f"--release {oldest['javac']} " in " ".join(SKELETONS["java"].build)
    assert f'"node": ">={oldest["node"]}' in (new / "typescript" / "package.json").read_text()


PLAIN = {"bash": ("--norc",), "zsh": ("-f",), "fish": ("--no-config",)}
"""Without anybody's own configuration."""


def shell(name: str, script: str, folder: Path) -> str:
    """What a real shell prints, with the kit's command on its PATH."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"NO {name} HERE: its completion was not tried")
    command = folder / "torq-conformance"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m torq_conformance "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        [
            path,
            *(() if name == "fish" else ("-f",) if name == "zsh" else ("--norc",)),
            "-c",
            script,
        ],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SCRIPTS = {
    "bash": """
        eval "$(torq-conformance completion bash)"
        complete -p torq-conformance
        COMP_WORDS=(torq-conformance {line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _torq_conformance_completion torq-conformance
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """,
    # compadd and _describe work within a line editor alone: here they print what they are given.
    "zsh": """
        compdef() {{ :; }}
        _describe() {{ local list="${{@: -2:1}}"; [[ -n ${{(P)list}} ]] || list="${{@: -1}}"
                      print -l -- ${{(P)list}} ${{(P)3}} ${{(P)4}} 2>/dev/null }}
        compadd() {{ local list="${{@: -1}}"; print -l -- ${{(P)list}} }}
        words=(torq-conformance {line}); CURRENT=$#words
        eval "$(torq-conformance completion zsh)"
        _torq_conformance_completion
    """,
    "fish": """
        torq-conformance completion fish | source
        complete --do-complete "torq-conformance {line}"
    """,
}


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(
    ("line", "found"),
    [("sm", "smoke"), ("spec sho", "show"), ("run reference --prof", "--profile")],
)
def test_a_real_shell_completes(name: str, line: str, found: str, tmp_path: Path) -> None:
    said = shell(name, SCRIPTS[name].format(line=line), tmp_path)
    assert found in said.split() or any(word.startswith(found) for word in said.split()), said


def test_another_shell_is_refused_in_one_line() -> None:
    done = CliRunner().invoke(main, ["completion", "tcsh"])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.output
