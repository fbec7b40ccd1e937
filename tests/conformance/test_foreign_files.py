"""Files from elsewhere are read or refused in one line: mutated by the thousand, and hostile."""

from __future__ import annotations

import base64
import copy
import json
import random
import resource
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.faulty import NothingSupported
from tests.conformance.nasty import NASTY
from tests.conformance.test_foreign_text import problems
from torq_conformance.errors import KitError
from torq_conformance.exports import output
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.verdicts import rule_of
from torq_conformance.publishing import command as report_command
from torq_conformance.publishing import inputs
from torq_conformance.reference import Reference
from torq_conformance.report.failures import failure_text
from torq_conformance.report.foreign_text import shown
from torq_conformance.running import replay, results
from torq_conformance.running.results import Results
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_conformance.vectors import candidate, drift, files, reader
from torq_specs.registry import REGISTRY

KEPT_OF_A_TEST = 1
TESTS_OF_A_CHAPTER = 5

SECONDS_MAX = 1.0
"""Of processor time in which a file is read or refused."""
KIBIBYTES_MAX = 200 << 10
"""By which reading may enlarge a process."""

WEIRD: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        10**30,
        10**39,
        1.5,
        -0.0,
        "",
        "0",
        "x" * 5000,
        [],
        {},
        [[]],
        [None],
        {"": 0},
    ),
    *("decode", "encode", "instrument_id", "throughput", "../../etc/passwd", "/etc/passwd"),
    *("os:system", "stdio:touch pwned", "python:pwned:Codec", "-1", "9" * 30, "0x", "zz", "é"),
    *NASTY[:-1],
)


def _failures() -> Iterator[dict[str, Any]]:
    judge = Judge(InProcessAdapter(NothingSupported(), "x"))
    seen: set[tuple[str, ...]] = set()
    tried: Counter[str] = Counter()
    for test in suite_tests():
        tried[test.chapter] += 1
        if test.is_generated or tried[test.chapter] > TESTS_OF_A_CHAPTER:
            continue
        for line in test.lines(REGISTRY)[:1]:
            for case in islice(cases_of(test.source, REGISTRY, line), KEPT_OF_A_TEST):
                judge.start(test.name, 1)
                judge.judge(case)
                for failure in judge.record.failures:
                    requests = failure["case"].get("requests", ())
                    form = (test.chapter, *(one["operation"] for one in requests[:2]))
                    if form not in seen and len(json.dumps(failure)) < 20_000:
                        seen.add(form)
                        yield failure


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Results with a failure of every form."""
    who = {"given_as": "x", "name": "x", "version": "1", "language": "C", "capabilities": []}
    failures = list(_failures())
    assert len(failures) > 10
    return {**Results(who, {"level": "must"}).document(), "failures": failures}


def mutated(document: Any, rng: random.Random) -> Any:
    """A document with one value changed, taken away, doubled, or exchanged with another one."""
    changed = copy.deepcopy(document)
    places = list(_places(changed))
    where, key = rng.choice(places)
    what = rng.randrange(5)
    if what == 0 and isinstance(where, dict):
        where[rng.choice(["", "operation", "x", "requests", "deflated"])] = where.pop(key)
    elif what == 1:
        del where[key]
    elif what == 2:
        other, other_key = rng.choice(places)
        where[key] = copy.deepcopy(other[other_key])
    else:
        where[key] = rng.choice(WEIRD)
    return changed


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key of a document; the deep ones and the shallow ones alike."""
    below = [document]
    while below:
        part = below.pop()
        keys = list(part) if isinstance(part, dict) else range(len(part))
        for key in keys:
            yield part, key
            if isinstance(part[key], dict | list):
                below.append(part[key])


def mutated_bytes(data: bytes, rng: random.Random) -> bytes:
    """Some bytes with a few of them changed, cut, doubled or put in."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(changed) + 1)
        end = min(len(changed), at + rng.choice([1, 2, 5, 100]))
        match rng.randrange(4):
            case 0:
                changed[at:end] = rng.randbytes(end - at)
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = changed[at:end] * rng.choice([1, 2, 50])
            case _:
                changed[at:end] = rng.choice(
                    [b"[", b'"', b"{", b"\xff", b"null", b"1e999", b"9" * 50]
                )
    return bytes(changed)


def variants(document: Any, count: int, rng: random.Random) -> Iterator[bytes]:
    text = json.dumps(document).encode()
    for at in range(count):
        yield (
            mutated_bytes(text, rng) if at % 4 == 0 else json.dumps(mutated(document, rng)).encode()
        )


def read_all(texts: Iterator[bytes], path: Path, read: Callable[[Path], object]) -> int:
    """Read every variant; how many are refused. Whatever else happens is a failure of the test."""
    refused = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for text in texts:
        path.write_bytes(text)
        began = time.process_time()
        try:
            read(path)
        except KitError as error:
            refused += 1
            said = str(error)
            assert problems(shown(said)) == []
            assert len(said) < 20_000
        except BaseException:
            path.with_suffix(".kept").write_bytes(text)
            raise
        assert time.process_time() - began < SECONDS_MAX
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < KIBIBYTES_MAX
    return refused


@pytest.fixture
def count(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--mutation-count"))


def test_mutated_results_are_replayed_or_refused(
    tmp_path: Path, document: dict[str, Any], count: int
) -> None:
    rng = random.Random(1)
    judge = Judge(InProcessAdapter(Reference(), "reference"))
    told: list[str] = []
    id_ = ""

    def read(path: Path) -> None:
        question = replay.find(id_, path, REGISTRY, told.append)
        answer = replay.replay(question, judge)
        if answer is replay.Answer.FAILED:
            failure = judge.record.failures[0]
            text = failure_text(failure, rule_of(failure["requirement"]), "reference")
            assert problems(text) == []

    def keep(path: Path) -> None:
        candidate.keep(id_, path, tmp_path, told.append)

    refused, each = 0, max(count // len(document["failures"]), 1)
    for at, failure in enumerate(document["failures"]):
        alone = {**document, "failures": [failure], "requirements": document["requirements"][:1]}
        id_ = failure["id"][:4]
        path = tmp_path / "results" / "r.json"
        path.parent.mkdir(exist_ok=True)
        refused += read_all(variants(alone, each, rng), path, keep if at % 4 == 3 else read)
    assert 0.2 < refused / (each * len(document["failures"])) < 0.98


def test_mutated_results_are_shown_or_refused(
    tmp_path: Path, document: dict[str, Any], count: int
) -> None:
    rng = random.Random(5)
    cause = {"requirement": "x", "problem": "x", "cases": 1, "tests": 1, "also": ["x"]}
    cause |= {"problems": [{"problem": "x", "cases": 1, "example": ""}], "problems_in_all": 1}
    refused, each = 0, max(count // (8 * len(document["failures"])), 1)
    forms = ("html", "markdown", "annotations", "ctrf", "badge")
    path = tmp_path / "r.json"

    def read(path: Path) -> None:
        found = inputs.read([path])
        for form in forms:
            text = report_command.text_of(form, found)
            # What strangers write reaches nobody as they wrote it, whatever it stands for.
            assert "\x1b" not in text
            assert form not in {"html", "markdown"} or "<script>alert" not in text

    for failure in document["failures"]:
        causes = [{**cause, "id": "C1", "example": failure["id"]}]
        few = {"requirements": document["requirements"][:2], "causes": causes}
        alone = {**document, **few, "failures": [failure], "findings": [failure]}
        path.write_text(json.dumps(alone))
        read(path)
        refused += read_all(variants(alone, each, rng), path, read)
    assert 0.1 < refused / (each * len(document["failures"])) < 0.98


def test_mutated_vectors_are_asked_or_refused(tmp_path: Path, count: int) -> None:
    rng = random.Random(2)
    published = reader.published_folder()
    judge = Judge(InProcessAdapter(Reference(), "reference"))

    def read(path: Path) -> None:
        question = replay.find(str(path), path, REGISTRY, print)
        replay.replay(question, judge)

    refused = 0
    names = ("faults", "instrument_ids", "sequences", "validation", "order_book", "tlvs/1-Trade")
    for name in names:
        whole = json.loads((published / f"{name}.json").read_bytes())
        few = rng.sample(whole["vectors"], min(4, len(whole["vectors"])))
        some = {**whole, "vectors": few, "count": len(few)}
        texts = variants(some, max(count // len(names), 1), rng)
        refused += read_all(texts, tmp_path / "v.json", read)
    assert refused > count // 4


def test_mutated_manifests_and_frozen_sets_are_read_or_refused(tmp_path: Path, count: int) -> None:
    rng = random.Random(3)
    manifest = json.loads((reader.published_folder() / reader.MANIFEST).read_bytes())
    manifest["files"] = manifest["files"][:2]
    outside = tmp_path / "secret.json"
    outside.write_text('{"vectors": []}')
    folder = tmp_path / "set"
    (folder / "tlvs").mkdir(parents=True)
    for row in manifest["files"]:
        (folder / row["path"]).write_text(json.dumps({"vectors": []}))

    def read(path: Path) -> None:
        assert all(problems(shown(line)) == [] for line in drift.lint(path.parent))
        reader.read_set(path.parent)

    assert read_all(variants(manifest, count, rng), folder / reader.MANIFEST, read) > count // 4
    frozen = {"1": {"tree_sha256": "0" * 64, "added": ["a-00000000"], "retired": []}}

    def read_frozen(path: Path) -> None:
        files.retired([], files.read_frozen(path.parent))

    assert read_all(variants(frozen, count, rng), folder / files.FROZEN, read_frozen) > count // 4


def test_mutated_lists_of_exports_are_read_or_refused(tmp_path: Path, count: int) -> None:
    rng = random.Random(4)
    output.write({"a.bin": b"a", "b/c.bin": b"c"}, tmp_path)
    path = tmp_path / output.LISTING
    text = path.read_bytes()
    texts = (mutated_bytes(text, rng) for _ in range(count))
    read_all(texts, path, lambda path: output.write({"a.bin": b"a"}, path.parent))


HOSTILE = {
    "100,000 brackets": (b"[" * 100_000, "nested deeper than 64 levels"),
    "100,000 objects": (b'{"a":' * 100_000, "nested deeper than 64 levels"),
    "brackets that end": (b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", "nested deeper than 64"),
    "a million digits": (b'{"format": ' + b"9" * 1_000_000 + b"}", "number of 1,000,000 digits"),
    "a real of many digits": (b'{"format": 1.' + b"9" * 1_000_000 + b"}", "which is too long"),
    "infinity": (b'{"format": 1e999}', "the number 1e999, which is too long"),
    "no number": (b'{"format": NaN}', "NaN, which is no number of JSON"),
    "too large": (b'{"format": "' + b"x" * (9 << 20) + b'"}', "more than 8,388,608 bytes"),
    "a million lists": (b"[" + b"[]," * 1_000_000 + b"[]]", "more than 400,000 parts"),
    "a key twice": (b'{"format": 1, "format": 1}', "the key 'format' stands twice"),
    "100,000 keys, one twice": (
        json.dumps({str(n): 0 for n in range(100_000)}).encode()[:-1] + b', "99999": 0}',
        "the key '99999' stands twice",
    ),
    "no UTF-8": (b'{"format": "\xff"}', "no UTF-8: invalid start byte at byte 12"),
    "UTF-16": ('{"format": 1}'.encode("utf-16"), "no UTF-8"),
    "nothing": (b"", "no JSON"),
    "a pickle": (b"cos\nsystem\n(S'touch pwned'\ntR.", "no JSON"),
    "a list": (b"[1]", "no JSON object"),
}
"""Files and what is said of them."""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_line(tmp_path: Path, name: str) -> None:
    data, reason = HOSTILE[name]
    path = tmp_path / "hostile.json"
    for read in (
        lambda path: replay.find("x", path, REGISTRY, print),
        lambda path: replay.find(str(path), path, REGISTRY, print),
        lambda path: candidate.keep("x", path, tmp_path, print),
        lambda path: inputs.read([path]),
    ):
        assert read_all(iter([data]), path, read) == 1
    with pytest.raises(KitError, match=reason):
        reader.read_json(path)
    assert [one.name for one in tmp_path.iterdir()] == ["hostile.json"]


def test_a_deflated_bomb_is_refused(tmp_path: Path, document: dict[str, Any]) -> None:
    failure = copy.deepcopy(document["failures"][0])
    del failure["case"]["requests"]
    path = tmp_path / "r.json"
    for deflated, reason in (
        # What is beyond the bound is not even inflated: the end is missing.
        (zlib.compress(b"[" + b" " * (16 << 20) + b"]"), "no JSON"),
        (b"no such thing", "no deflated text"),
        (zlib.compress(b"{}"), "holds no list"),
        (zlib.compress(b"[]"), "asks 1 to 4096 questions, not 0"),
    ):
        failure["case"]["deflated"] = base64.b64encode(deflated).decode()
        path.write_text(json.dumps({**document, "failures": [failure]}))
        with pytest.raises(KitError, match=reason):
            replay.find(failure["id"], path, REGISTRY, print)


def test_the_command_refuses_with_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "torq-results.json"
    path.write_bytes(HOSTILE["100,000 brackets"][0])
    for words in (("replay", "x", "reference"), ("replay", path.name, "reference"), ("keep",)):
        done = subprocess.run(
            [sys.executable, "-m", "torq_conformance.cli", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "is nested deeper than 64 levels" in done.stderr
        assert (done.stdout, done.stderr.count("\n")) == ("", 1)


def test_what_results_name_is_neither_started_nor_imported(
    tmp_path: Path, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pwned.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    hostile = copy.deepcopy(document)
    hostile["implementation"]["given_as"] = "stdio:touch started"
    hostile["options"]["vendor_specs"] = "pwned"
    path = tmp_path / "r.json"
    path.write_text(json.dumps(hostile))
    id_ = document["failures"][0]["id"]
    question = replay.find(id_, path, REGISTRY, print)
    assert replay.replay(question, Judge(InProcessAdapter(Reference(), "x"))).name == "FIXED"
    with pytest.raises(KitError, match="no vendor types"):
        candidate.keep(id_, path, tmp_path, print)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["pwned.py", "r.json"]
    assert "pwned" not in sys.modules


def test_every_kept_failure_is_read_back(document: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(document))
    assert results.load(path)["failures"] == document["failures"]
    judge = Judge(InProcessAdapter(Reference(), "reference"))
    for failure in document["failures"]:
        question = replay.find(failure["id"], path, REGISTRY, print)
        assert replay.replay(question, judge) is replay.Answer.FIXED, failure["label"]
