"""The other doors: pytest with a relay, and watching what passes."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

from torq_conformance.cases import messages as codec_messages
from torq_conformance.relay import messages
from torq_conformance.relay.cases import Bench
from torq_conformance.relay.mutants import matrix
from torq_conformance.relay.mutants.gallery import GALLERY
from torq_conformance.relay.session import command_of
from torq_conformance.running import results
from torq_specs.faults import diagnose
from torq_specs.relay_rules import RELAY_DOMAINS


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=120
    )


def pytest_with(relay: str, path: Path, select: str) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-p", "no:cacheprovider", "-k", select, "--torq-results", str(path))
    suite = ("pytest", "--pyargs", "torq_conformance.relay.suite", "--torq-relay", relay)
    return run(*suite, *options)


def test_pytest_judges_a_relay_and_writes_the_same_results(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    done = pytest_with("reference", path, "domains and MarketData")
    assert done.returncode == 0, done.stdout
    document = results.load(path)
    assert document["conclusion"] == "no failure in the part that was selected"
    done = pytest_with(matrix.command_of(GALLERY["N05"]), path, "domains and MarketData")
    assert done.returncode == 1
    assert "RLY-DOMAIN (MUST, section 10)" in done.stdout
    assert results.load(path)["exit_code"] == 1


def test_a_run_writes_the_page_of_a_relay(tmp_path: Path) -> None:
    paths = ("--results", str(tmp_path / "r.json"), "--html", str(tmp_path / "r.html"))
    words = ("relay", matrix.command_of(GALLERY["N05"]), "--domains", "1", "-k", "domains")
    done = run("torq_conformance.cli", *words, *paths)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("not conformant for MarketData\n")
    html = (tmp_path / "r.html").read_text("utf-8")
    assert "RLY-DOMAIN" in html
    assert "--replay" in html


def test_a_capture_is_watched(tmp_path: Path) -> None:
    good = codec_messages.wire()
    wrong = messages.damaged(good)
    assert not diagnose(good)
    capture, kept = tmp_path / "capture.bin", tmp_path / "watched.json"
    capture.write_bytes(good + wrong + good)
    done = run("torq_conformance.cli", "watch", str(capture), "--results", str(kept))
    assert done.returncode == 1, done.stderr
    document = json.loads(kept.read_text())
    assert (document["messages"], document["faults"]) == (3, {"ChecksumMismatch": 1})
    (example,) = document["examples"]
    assert f"torq-conformance replay {example['id']} IMPLEMENTATION" in done.stdout
    for codec, code, said in (
        ("reference", 0, "PASSED"),
        ("python:torq_conformance.mutants.checksum:ChecksumUnverified", 1, "FAILED"),
    ):
        words = ("replay", example["id"], codec, "--results", str(kept))
        again = run("torq_conformance.cli", *words)
        assert (again.returncode, again.stdout.strip().splitlines()[-1]) == (code, said)
    other = run("torq_conformance.cli", "replay", "nothing", "reference", "--results", str(kept))
    assert (other.returncode, other.stderr.count("\n")) == (2, 1)
    assert example["id"] in other.stderr
    capture.write_bytes(good)
    assert (
        run("torq_conformance.cli", "watch", str(capture), "--results", str(kept)).returncode == 0
    )
    capture.write_bytes(good + b"rest")
    assert (
        run("torq_conformance.cli", "watch", str(capture), "--results", str(kept)).returncode == 1
    )


def test_a_pcap_is_watched(tmp_path: Path) -> None:
    good = codec_messages.wire()
    capture, kept = tmp_path / "capture.pcap", tmp_path / "watched.json"
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 20, 147)
    records = [
        struct.pack("<IIII", 0, 0, len(data), len(data)) + data
        for data in (good, messages.damaged(good), good)
    ]
    capture.write_bytes(head + b"".join(records))
    done = run("torq_conformance.cli", "watch", str(capture), "--results", str(kept))
    assert done.returncode == 1, done.stderr
    document = json.loads(kept.read_text())
    assert (document["messages"], document["faults"]) == (3, {"ChecksumMismatch": 1})


def test_a_live_relay_is_watched_by_a_client_that_never_sends(tmp_path: Path) -> None:
    command, _ = command_of("reference")
    bench = Bench(command, RELAY_DOMAINS[0])
    kept = tmp_path / "watched.json"
    try:
        stage = bench.stage
        line = [sys.executable, "-m", "torq_conformance.cli", "watch", str(stage.relay.path)]
        line += ["--results", str(kept), "--seconds", "3"]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as watching:
            while watching.poll() is None:
                stage.begin()
                stage.finish()
            assert watching.returncode == 0
        assert json.loads(kept.read_text())["messages"] > 0
    finally:
        bench.close()
