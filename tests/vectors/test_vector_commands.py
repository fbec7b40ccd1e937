"""The commands about vectors: exit codes, what is kept, what is asked again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from torq_conformance.cli import main
from torq_conformance.errors import KitError
from torq_conformance.vectors import files, reader, selection
from torq_conformance.vectors.command import vectors

ROOT = Path(__file__).parent.parent.parent
FAULTY = "python:tests.conformance.faulty"


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    workers = ("-n", "1") if "-k" in arguments else ()
    return subprocess.run(
        [sys.executable, "-m", "torq_conformance.cli", *arguments, *workers],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_by_vectors_has_a_test_for_each_file_and_requirement(tmp_path: Path) -> None:
    run = ("run", "--vectors-only", "-k", "hdr-flags")
    good = command(*run, "reference", folder=tmp_path)
    assert good.returncode == 0, good.stdout + good.stderr
    document = json.loads((tmp_path / "torq-results.json").read_text())
    vectors = [one for one in reader.published() if one.requirements[0] == "HDR-FLAGS"]
    names = [re.search(r"\[(.*)\]", row["test"])[1] for row in document["tests"]]  # type: ignore[index]
    assert sorted(names) == sorted({f"{Path(one.file).stem}-hdr-flags" for one in vectors})
    assert document["conclusion"] == "no failure in the golden vectors"
    assert document["planned"]["cases"] == document["judged"]["cases"] == 2 * len(vectors)
    bad = command(*run, f"{FAULTY}:FlagsCleared", folder=tmp_path)
    assert bad.returncode == 1
    assert "torq-conformance replay hdr-flags-" in bad.stdout


def test_what_is_not_claimed_is_not_passed_by_vectors(tmp_path: Path) -> None:
    run = ("run", "--vectors-only", "-k", "iid-lp-token")
    done = command(*run, f"{FAULTY}:Encoder", folder=tmp_path)
    assert done.returncode == 5, done.stdout + done.stderr


def test_without_the_option_no_vector_is_asked(tmp_path: Path) -> None:
    done = command("run", "reference", "-k", "flags", folder=tmp_path)
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert done.returncode == 0
    assert not any("test_11" in row["test"] for row in document["tests"])


def test_a_failure_is_kept_and_asked_again(tmp_path: Path) -> None:
    run = ("run", f"{FAULTY}:FlagsCleared", "--profile", "quick", "-k", "test_1_header")
    command(*run, folder=tmp_path)
    kept = command("keep", folder=tmp_path)
    assert kept.returncode == 0, kept.stderr
    (path,) = (path for path in tmp_path.glob("*.json") if path.stem != "torq-results")
    assert kept.stdout.splitlines()[0] == f"kept {path.stem}"
    (vector,) = reader.read_candidates(path)
    assert vector.id == path.stem
    for what in (
        path.name,
        json.loads((tmp_path / "torq-results.json").read_text())["failures"][0]["id"],
    ):
        again = command("replay", what, f"{FAULTY}:FlagsCleared", folder=tmp_path)
        assert (again.returncode, again.stdout.splitlines()[-1]) == (1, "FAILED")
        mended = command("replay", what, "reference", folder=tmp_path)
        assert (mended.returncode, mended.stdout) == (0, "FIXED\n")


def test_a_published_vector_is_asked_by_its_id(tmp_path: Path) -> None:
    id_ = next(v.id for v in reader.published() if v.id.startswith("hdr-flags-64"))
    good = command("replay", id_, "reference", folder=tmp_path)
    assert (good.returncode, good.stdout) == (0, "PASSED\n"), "it never failed"
    bad = command("replay", id_, f"{FAULTY}:FlagsCleared", folder=tmp_path)
    assert (bad.returncode, bad.stdout.splitlines()[-1]) == (1, "FAILED")


def test_what_could_not_be_asked_is_an_error(tmp_path: Path) -> None:
    id_ = next(v.id for v in reader.published() if v.id.startswith("iid-lp-token"))
    done = command("replay", id_, f"{FAULTY}:Encoder", folder=tmp_path)
    assert (done.returncode, done.stdout) == (3, "ERROR\n")
    assert "does not claim" in done.stderr


def test_there_is_nothing_to_keep_of_a_green_run(tmp_path: Path) -> None:
    command("run", "reference", "-k", "shortest", folder=tmp_path)
    done = command("keep", folder=tmp_path)
    assert done.returncode == 2
    assert "has no failures" in done.stderr


def test_drift_is_exit_code_1_and_names_the_file(tmp_path: Path) -> None:
    # The command `check` differs from `lint` in what it calls alone, and takes much longer.
    folder = tmp_path / "set"
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(reader.published_folder(), folder, ignore=ignored)
    path = folder / "tlvs" / "1-Trade.json"
    path.write_text(path.read_text().replace('"valid"', '"invalid"', 1))
    done = command("vectors", "lint", "--folder", str(folder), folder=tmp_path)
    assert done.returncode == 1
    assert "tlvs/1-Trade.json" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_there_is_a_wrong_usage(tmp_path: Path) -> None:
    done = command("vectors", "check", "--folder", "nowhere", folder=tmp_path)
    assert done.returncode == 2
    empty = command("vectors", "lint", "--folder", ".", folder=tmp_path)
    assert (empty.returncode, "no file" in empty.stdout + empty.stderr) == (1, True)


def test_an_installed_kit_is_not_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "lib" / "site-packages" / "torq_vectors"
    shutil.copytree(reader.published_folder(), installed)
    for option in vectors.commands["fill"].params + vectors.commands["freeze"].params:
        if option.name == "folder":
            monkeypatch.setattr(option, "default", lambda: installed)
    for name in ("fill", "freeze"):
        done = CliRunner().invoke(main, ["vectors", name])
        assert done.exit_code == 2
        assert "is the installed kit, which is not written into. Name a folder" in done.output
    assert not (installed / files.FROZEN).exists()


def test_files_of_others_are_neither_removed_nor_written_over(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    chosen = selection.chapters()[:1]
    files.fill(tmp_path, chosen)
    files.fill(tmp_path, chosen)
    assert (tmp_path / "package.json").read_text() == "{}"
    (tmp_path / reader.MANIFEST).unlink()
    with pytest.raises(KitError, match="no manifest says that it is a golden vector"):
        files.fill(tmp_path, chosen)
    (tmp_path / chosen[0].file).write_text("mine")
    (tmp_path / reader.MANIFEST).write_text('{"files": "mine"}')
    with pytest.raises(KitError, match="no manifest of golden vectors"):
        files.fill(tmp_path, chosen)
    assert (tmp_path / chosen[0].file).read_text() == "mine"


@pytest.mark.parametrize("path", ["../secret.json", "/etc/secret.json", "a/../../b.json", "a.txt"])
def test_a_manifest_names_no_files_outside_of_its_set(tmp_path: Path, path: str) -> None:
    manifest = reader.read_manifest(reader.published_folder())
    manifest["files"][0]["path"] = path
    (tmp_path / reader.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(KitError, match=r"manifest of golden vectors: \$\.files\[0\]\.path"):
        reader.read_set(tmp_path)
