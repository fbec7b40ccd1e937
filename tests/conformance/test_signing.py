"""Results are signed and checked off-line; whatever was changed, cut or swapped is one line."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from torq_conformance.cli import main
from torq_conformance.judging.record import Tally, TestRecord
from torq_conformance.running import provenance
from torq_conformance.running.results import Results
from torq_specs.registry import REGISTRY

if importlib.util.find_spec("cryptography") is None:
    pytest.skip("NO cryptography HERE: nothing is signed", allow_module_level=True)


def kit(*words: object) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, words)])


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """Results of a binary, signed; the keys lie beside them."""
    binary = tmp_path / "codec"
    binary.write_bytes(b"\x7fELF of a codec")
    who = {
        "given_as": "stdio:./codec",
        "name": "mine",
        "version": "1.0",
        "language": "C",
        "capabilities": ["decode"],
        "files": [
            {"name": "codec", "size": 1, "sha256": hashlib.sha256(binary.read_bytes()).hexdigest()}
        ],
    }
    run = Results(who, {"profile": "quick", "level": "must"}, provenance.about(REGISTRY))
    run.planned_tests = {"test": 5}
    run.records = {"test": TestRecord("test", 5, 5, tallies={"HDR-MAGIC": Tally(judged=5)})}
    results = tmp_path / "torq-results.json"
    results.write_text(json.dumps(run.document()))
    assert kit("key", tmp_path / "own").exit_code == 0
    assert kit("key", tmp_path / "other").exit_code == 0
    done = kit("sign", results, "--key", tmp_path / "own")
    assert done.exit_code == 0, done.output
    return results


def verified(results: Path, *words: object, key: str = "own.pub") -> Result:
    return kit("verify", results, "--key", results.parent / key, *words)


def test_what_is_signed_is_verified_and_says_what_it_is(signed: Path) -> None:
    done = verified(signed, signed.parent / "codec")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("verified: mine 1.0 is\n  no failure in the quick profile\n")
    for digest in (
        provenance.suite_digest(),
        provenance.specification_digest(REGISTRY),
        hashlib.sha256(signed.read_bytes()).hexdigest(),
        hashlib.sha256((signed.parent / "codec").read_bytes()).hexdigest(),
    ):
        assert digest in done.output
    assert "no file was compared" not in done.output
    assert "no file was compared" in verified(signed).output


def test_the_envelope_is_what_others_read(signed: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    envelope = json.loads(Path(f"{signed}.sig").read_text())
    payload = base64.b64decode(envelope["payload"])
    type_ = envelope["payloadType"]
    assert type_ == "application/vnd.in-toto+json"
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert [one["name"] for one in statement["subject"]] == ["torq-results.json", "codec"]
    public = load_pem_public_key((signed.parent / "own.pub").read_bytes())
    assert isinstance(public, Ed25519PublicKey)
    text = f"DSSEv1 {len(type_)} {type_} {len(payload)} ".encode() + payload
    public.verify(base64.b64decode(envelope["signatures"][0]["sig"]), text)


def test_a_key_is_its_owners_alone_and_never_written_over(signed: Path) -> None:
    key = signed.parent / "own"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    done = kit("key", key)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "no key is written over" in done.output
    assert key.read_bytes() == before


def test_results_that_were_moved_are_verified_still(signed: Path) -> None:
    moved = signed.rename(signed.parent / "published.json")
    assert verified(moved, "--signature", f"{signed}.sig").exit_code == 0


def change_results(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def apply(results: Path) -> None:
        document = json.loads(results.read_text())
        change(document)
        results.write_text(json.dumps(document))

    return apply


def change_payload(results: Path) -> None:
    file = Path(f"{results}.sig")
    envelope = json.loads(file.read_text())
    payload = base64.b64decode(envelope["payload"]).replace(b'"quick', b'"whole')
    payload = payload.replace(b"in the quick profile", b"in all, conformant..")
    envelope["payload"] = base64.b64encode(payload).decode()
    file.write_text(json.dumps(envelope))


def swap_signer(results: Path) -> None:
    file = Path(f"{results}.sig")
    own = json.loads(file.read_text())
    assert kit("sign", results, "--key", results.parent / "other").exit_code == 0
    other = json.loads(file.read_text())
    other["signatures"][0]["keyid"] = own["signatures"][0]["keyid"]
    file.write_text(json.dumps(other))


FORGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a verdict": (
        change_results(lambda one: one.update(conclusion="conformant")),
        "predicate.conclusion is signed as 'no failure in the quick profile' and is 'conformant'",
    ),
    "a level": (
        change_results(lambda one: one["levels"]["all"][0].update(is_reached=True)),
        "predicate.levels[0] is signed as None and is 'Wire'",
    ),
    "a count": (
        change_results(lambda one: one["judged"].update(cases=6)),
        "subject[0].digest.sha256 is signed as ",
    ),
    "the binary's digest": (
        change_results(lambda one: one["implementation"]["files"][0].update(sha256="0" * 64)),
        "is signed as ",
    ),
    "one space": (
        lambda path: path.write_text(path.read_text() + " "),
        "subject[0].digest.sha256 is signed as ",
    ),
    "what is signed": (change_payload, "what is signed has been changed"),
    "the signer": (swap_signer, "what is signed has been changed"),
}


@pytest.mark.parametrize("what", FORGED)
def test_whatever_is_changed_is_noticed(what: str, signed: Path) -> None:
    change, said = FORGED[what]
    change(signed)
    done = verified(signed)
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert done.output.startswith("torq-conformance: not verified: ")
    assert said in done.output


def test_another_key_and_another_binary_are_noticed(signed: Path) -> None:
    done = verified(signed, key="other.pub")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "it is signed by " in done.output
    binary = signed.parent / "codec"
    binary.write_bytes(binary.read_bytes()[:-1])
    done = verified(signed, binary)
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "codec is not what was judged" in done.output


NASTY: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "no envelope": lambda _: "{}",
    "a list": lambda _: "[]",
    "no base64": lambda text: text.replace('"payload": "', '"payload": "%'),
    "of something else": lambda text: text.replace("in-toto", "other"),
    "signed by nobody's list": lambda text: text.replace('"sig"', '"gis"'),
    "deep": lambda _: "[" * 100_000,
}


@pytest.mark.parametrize("what", NASTY)
def test_what_is_no_signature_is_one_line(what: str, signed: Path) -> None:
    file = Path(f"{signed}.sig")
    file.write_text(NASTY[what](file.read_text()))
    done = verified(signed)
    assert (done.exit_code, done.output.count("\n")) == (2, 1), done.output
    assert str(file) in done.output


def test_what_is_not_there_is_one_line(signed: Path) -> None:
    Path(f"{signed}.sig").unlink()
    assert "There is no signature file" in verified(signed).output
    assert "cannot be read: No such file" in verified(signed, key="none.pub").output
    for key in ("own", "torq-results.json"):
        done = verified(signed, key=key)
        assert (done.exit_code, done.output.count("\n")) == (2, 1)
        assert "holds no key that can be read" in done.output
    assert "holds no key" in kit("sign", signed, "--key", signed.parent / "own.pub").output


def test_a_run_that_did_not_end_is_not_signed(signed: Path) -> None:
    change_results(lambda one: one.update(status="incomplete"))(signed)
    done = kit("sign", signed, "--key", signed.parent / "own")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    change_results(lambda one: one.update(status="complete", about={}))(signed)
    done = kit("sign", signed, "--key", signed.parent / "own")
    assert "does not say by which suite it was judged" in done.output


def test_without_the_library_one_line_says_what_to_install(
    signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cryptography", None)
    for done in (verified(signed), kit("sign", signed, "--key", signed.parent / "own")):
        assert (done.exit_code, done.output.count("\n")) == (2, 1)
        assert "pip install 'torq-conformance[signing]'" in done.output
