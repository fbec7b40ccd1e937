"""What is given to users' CI works: each file by its real tool, where that is there.

``tox -e ci`` installs the tools; without them the tests that need one are skipped and named.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from torq_conformance.cli import main

ROOT = Path(__file__).parent.parent
CI = ROOT / "examples" / "ci"
WORKFLOW = CI / "conformance.yml"
COMMAND = re.compile(r"^(?:- )?(?:run: )?(torq-conformance .*)$")


def run(*words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, words)], cwd=folder, capture_output=True, text=True, check=False
    )


def needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"NO {module} HERE: tox -e ci")


def commands(path: Path) -> list[str]:
    """The kit's own commands in a file."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    return [found[1] for line in lines if (found := COMMAND.match(line))]


FILES = (WORKFLOW, CI / "tox.ini", ROOT / "docs" / "ci.md", ROOT / "docs" / "report.md")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_in_it_is_one(path: Path) -> None:
    found = commands(path)
    assert len(found) >= 3
    for line in found:
        plain = re.sub(r"\{[\w:./-]*\}", "x", line.partition(" #")[0].partition(">>")[0])
        words, current = shlex.split(plain)[1:], main
        command: click.Command = current
        context = click.Context(command)
        while isinstance(command, click.Group):
            if command.name == "report" and words[0] not in command.commands:
                words = ["show", *words]
            below = command.get_command(context, words.pop(0))
            assert below is not None, line
            command = below
        command.make_parser(click.Context(command)).parse_args(words)


def test_the_workflow_is_what_github_runs(tmp_path: Path) -> None:
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("NO actionlint HERE: tox -e ci")
    done = run(actionlint, "-no-color", WORKFLOW, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout
    # It is one that can fail.
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOW.read_text().replace("github.ref", "github.reff"))
    done = run(actionlint, "-no-color", wrong, folder=tmp_path)
    assert done.returncode == 1
    assert 'property "reff" is not defined' in done.stdout


@pytest.mark.long
def test_the_steps_of_the_workflow_run_one_after_the_other(tmp_path: Path) -> None:
    for line in commands(WORKFLOW):
        quick = line.replace(" --html", " --profile quick -k chapter:header --html")
        script = quick.replace('"$GITHUB_STEP_SUMMARY"', "summary.md")
        shell = script.replace("torq-conformance", f"{sys.executable} -m torq_conformance", 1)
        done = run("sh", "-c", shell.replace('"$IMPLEMENTATION"', "reference"), folder=tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert {"torq-results.json", "report.html", "summary.md", "badge.json"} <= {
        path.name for path in tmp_path.iterdir()
    }


def test_the_hook_is_one(tmp_path: Path) -> None:
    needs("pre_commit")
    pre_commit = (sys.executable, "-m", "pre_commit")
    hooks = ROOT / ".pre-commit-hooks.yaml"
    done = run(*pre_commit, "validate-manifest", hooks, folder=tmp_path)
    assert done.returncode == 0, done.stdout
    config = ROOT / ".pre-commit-config.yaml"
    done = run(*pre_commit, "validate-config", config, folder=tmp_path)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "hooks.yaml"
    wrong.write_text(hooks.read_text().replace("  entry:", "  enter:"))
    assert run(*pre_commit, "validate-manifest", wrong, folder=tmp_path).returncode == 1


def test_what_the_hook_calls_checks_vendor_specs(tmp_path: Path) -> None:
    (entry,) = re.findall(
        r"entry: torq-conformance (.*)", (ROOT / ".pre-commit-hooks.yaml").read_text()
    )
    package = tmp_path / "src" / "mine"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    specs = package / "vendor_types.py"
    own = (ROOT / "tests" / "conformance" / "vendor_types.py").read_text("utf-8")
    check = (sys.executable, "-m", "torq_conformance", *entry.split())
    (tmp_path / "flat_vendor_specs.py").write_text(own)
    done = run(*check, "flat_vendor_specs.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "flat_vendor_specs.py: 201 FundingRate 48, 5 fields" in done.stdout
    specs.write_text(own.replace("vendor(201", "vendor(20"))
    for name in ("src/mine/vendor_types.py", "nowhere.py", "/dev/null.py"):
        done = run(*check, name, folder=tmp_path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr


def test_the_tox_environment_is_one(tmp_path: Path) -> None:
    needs("tox")
    words = ("config", "-c", CI / "tox.ini", "-e", "conformance", "-k", "commands", "deps")
    done = run(sys.executable, "-m", "tox", *words, "--workdir", tmp_path, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "torq-conformance run stdio:./build/codec --results" in done.stdout
    assert "deps = torq-conformance" in done.stdout


@pytest.mark.long
def test_the_commands_of_the_container_make_what_runs(tmp_path: Path) -> None:
    """No image is built: what it would copy is copied, what it would run is run, in a venv."""
    lines = re.sub(r"\\\n\s*", "", (CI / "Containerfile").read_text()).splitlines()
    source, wheels = tmp_path / "source", tmp_path / "wheels"
    source.mkdir()
    for line in lines:
        words = line.split()
        if not words or words[0] != "COPY" or words[1].startswith("--"):
            continue
        for name in words[1:-1]:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name)
            else:
                shutil.copy(ROOT / name, source / name)
    ran = [line.removeprefix("RUN ") for line in lines if line.startswith("RUN ")]
    venv = tmp_path / "venv"
    assert run(sys.executable, "-m", "venv", venv, folder=tmp_path).returncode == 0
    for script in ran:
        here = script.partition(" && rm -r")[0].replace("/wheels", str(wheels))
        done = run(
            "sh", "-c", here.replace("python", str(venv / "bin" / "python"), 1), folder=source
        )
        assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "work").mkdir()
    kit = venv / "bin" / "torq-conformance"
    done = run(kit, "smoke", "reference", folder=tmp_path / "work")
    assert done.returncode == 0, done.stdout + done.stderr
    assert run(kit, "doctor", "signing", folder=tmp_path).returncode == 0
    assert 'ENTRYPOINT ["torq-conformance"]' in lines
