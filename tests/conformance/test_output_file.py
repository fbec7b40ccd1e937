"""What is there is not destroyed by writing: files, links, modes, devices, FIFOs."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from torq_conformance.errors import KitError
from torq_conformance.report import output_file

OLD, NEW = "what was there", "new"


def test_a_file_is_made_and_replaced_with_its_mode_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    output_file.write(path, NEW)
    # As any other program makes a file: what others may do follows from the umask.
    (tmp_path / "other").touch()
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode
    path.chmod(0o640)
    output_file.write(path, b"again")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("again", 0o640)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["other", "r.json"]


def test_a_file_is_replaced_through_its_symlink(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "r.json", tmp_path / "r.json"
    link.symlink_to(target)
    for text in (OLD, NEW):
        output_file.write(link, text)
        assert link.is_symlink()
        assert target.read_text() == text


def test_what_is_read_meanwhile_is_never_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(OLD)
    with path.open() as opened:
        output_file.write(path, NEW)
        assert opened.read() == OLD


@pytest.mark.skipif(os.getuid() != 0, reason="only root owns files of others")
def test_the_owner_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(OLD)
    os.chown(path, 12345, 12346)
    output_file.write(path, NEW)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)


def test_what_is_read_only_is_refused_even_to_root(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(OLD)
    path.chmod(0o444)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(KitError, match="cannot be written: it is read-only"):
            output_file.write(name, NEW)
    assert path.read_text() == OLD


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "it is a folder"),
        ("none/r.json", "its folder is missing"),
        ("file/r.json", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("loop", "Too many levels of symbolic links"),
    ],
)
def test_what_may_not_be_written_is_refused_before(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(KitError, match=reason):
        output_file.check(tmp_path / name)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_device_is_written_through() -> None:
    before = Path("/dev/full").stat()
    with pytest.raises(KitError, match="/dev/full could not be written to its end: No space left"):
        output_file.write(Path("/dev/full"), NEW)
    output_file.write(Path("/dev/null"), NEW)
    assert Path("/dev/full").stat().st_ino == before.st_ino
    assert Path("/dev/full").is_char_device()


def test_a_fifo_is_written_through(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    heard = []
    reader = Thread(target=lambda: heard.append(fifo.read_text()))
    reader.start()
    output_file.write(fifo, NEW)
    reader.join()
    assert heard == [NEW]
    assert fifo.is_fifo()


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_is_written_on(tmp_path: Path, name: str) -> None:
    if not Path(name).exists():
        pytest.skip(f"there is no {name}")
    code = (
        "from pathlib import Path\nfrom torq_conformance.report import output_file\n"
        f"print('before')\noutput_file.write(Path({name!r}), 'new\\n')\nprint('after')\n"
    )
    with (tmp_path / "out").open("w") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "before\nnew\nafter\n"


def test_what_a_killed_run_left_behind_is_removed(tmp_path: Path) -> None:
    left, young = tmp_path / ".torq-12.part", tmp_path / ".torq-34.part"
    for path in (left, young):
        path.touch()
    os.utime(left, (1, 1))
    output_file.write(tmp_path / "r.json", NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name, "r.json"]


def test_what_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.json"
    path.write_text(OLD)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(KitError, match="No space left"):
        output_file.write(path, NEW)
    assert [one.name for one in tmp_path.iterdir()] == ["r.json"]
    assert path.read_text() == OLD


def test_a_mounted_file_that_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.json"
    path.write_text(OLD)

    def is_busy(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", is_busy)
    output_file.write(path, NEW)
    assert [one.name for one in tmp_path.iterdir()] == ["r.json"]
    assert path.read_text() == NEW
