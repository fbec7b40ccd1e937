"""Which levels results reach, and what they lack, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from torq_conformance.implementations.protocol import Capability
from torq_conformance.judging.levels import LEVELS, RELAY, WIRE, headline, levels_of
from torq_conformance.judging.verdicts import CONTRACT
from torq_specs.requirements import relay_requirements, requirements

ALL = [str(one) for one in Capability]


def document(
    verdicts: dict[str, str] | None = None, capabilities: list[str] = ALL, **changed: Any
) -> dict[str, Any]:
    """Results in which everything passed but for some requirements."""
    rows = [{"id": id_, "verdict": (verdicts or {}).get(id_, "pass")} for id_ in requirements()]
    options = {"profile": "standard", **changed.pop("options", {})}
    made = {"status": "complete", "options": options, "requirements": rows, "causes": []}
    return {**made, "implementation": {"capabilities": capabilities}, **changed}


def reached(results: dict[str, Any], unmet: list[str] | None = None) -> list[str]:
    return [one["name"] for one in levels_of(results, unmet)["all"] if one["is_reached"]]


def test_what_is_all_right_reaches_all_but_what_is_not_measured() -> None:
    assert reached(document()) == ["Wire", "Strict", "Meaning", "Hardened"]
    assert reached(document(), []) == ["Wire", "Strict", "Meaning", "Hardened", "Fast"]
    assert reached(document(), ["latency"]) == ["Wire", "Strict", "Meaning", "Hardened"]
    assert headline(levels_of(document())) == (
        "levels reached: Wire, Strict, Meaning, Hardened; the next, Fast (claims), lacks: "
        "the claims of section 9 are not measured here (torq-conformance meter)"
    )


@pytest.mark.parametrize(
    ("requirement", "verdict", "lost"),
    [
        ("HDR-FLAGS", "fail", {"Wire", "Strict", "Meaning", "Hardened"}),
        ("HDR-FLAGS", "inconclusive", {"Wire", "Strict", "Meaning", "Hardened"}),
        ("LAYOUT-TRADE", "not judged", {"Wire", "Strict", "Meaning", "Hardened"}),
        ("PAD-DECODE", "pass with SHOULD findings", {"Strict"}),
        ("ERR-CONTEXT-MUST", "fail", {"Strict"}),
        ("ERR-TEXT-LINE", "fail", {"Strict"}),
        ("VLD-TRADE-SIDE", "fail", {"Meaning"}),
        ("CFG-VALUE", "fail", {"Meaning"}),
        ("IID-POOL", "fail", {"Meaning"}),
        ("MEM-READ", "fail", {"Hardened"}),
        ("STATE-THREADS", "fail", {"Hardened"}),
        ("VIEW-BOUNDS", "inconclusive", {"Hardened"}),
        ("THR-WORK", "fail", {"Fast"}),
    ],
)
def test_a_requirement_keeps_from_its_level(requirement: str, verdict: str, lost: set[str]) -> None:
    whole = {"Wire", "Strict", "Meaning", "Hardened", "Fast"}
    lost = lost | {"Fast"} if "Wire" in lost else lost
    assert {*reached(document({requirement: verdict}), [])} == whole - lost


@pytest.mark.parametrize(
    ("capability", "level"),
    [
        ("decode", "Wire"),
        ("encode", "Wire"),
        ("strict_padding", "Strict"),
        ("error_context", "Strict"),
        ("validate", "Meaning"),
        ("instrument_id", "Meaning"),
        ("buffers", "Hardened"),
        ("threads", "Hardened"),
        ("views", "Hardened"),
        ("throughput", "Fast"),
    ],
)
def test_what_is_not_claimed_is_named_as_lacking(capability: str, level: str) -> None:
    levels = levels_of(document(capabilities=[one for one in ALL if one != capability]), [])
    (found,) = (one for one in levels["all"] if one["name"] == level)
    assert not found["is_reached"]
    assert found["lacks"] == [f"{capability} is not claimed"]


def test_each_thing_that_the_next_level_lacks_is_said() -> None:
    capabilities = [one for one in ALL if one != "encode"]
    levels = levels_of(document({"HDR-FLAGS": "fail"}, capabilities), [])
    assert headline(levels) == (
        "levels reached: none; the next, Wire (decode, encode, errors), lacks: "
        "encode is not claimed; fail: HDR-FLAGS"
    )


def test_without_wire_nothing_is_reached() -> None:
    assert reached(document({"CHK-VALUE": "fail"}), []) == []


def test_a_broken_contract_keeps_from_wire() -> None:
    assert reached(document(causes=[{"requirement": CONTRACT.id}]), []) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"options": {"is_in_process": True}}, "in process: such code can patch its judge"),
        ({"options": {"is_part": True}}, "a part of the suite was selected"),
        ({"options": {"profile": "quick"}}, "the quick profile asks too little"),
        ({"options": {"vectors_only": True}}, "the golden vectors alone were asked"),
        ({"status": "incomplete"}, "did not come to its end"),
    ],
)
def test_a_run_that_judges_too_little_reaches_none(changed: dict[str, Any], why: str) -> None:
    levels = levels_of(document(**changed), [])
    assert reached(document(**changed), []) == []
    assert why in levels["why_none"]
    assert why in headline(levels)


def test_every_requirement_belongs_to_one_level() -> None:
    for id_ in {**requirements(), **relay_requirements()}:
        own = [one.name for one in LEVELS if one is not WIRE and one.holds(id_)]
        assert len(own) <= 1, id_
    assert all(RELAY.holds(id_) for id_ in relay_requirements())


def test_a_relay_reaches_its_level_with_all_domains() -> None:
    rows = [{"id": id_, "verdict": "pass"} for id_ in relay_requirements()]
    domains = ["MarketData", "Signal", "Execution"]
    whole = document(requirements=rows, options={"domains": domains})
    assert reached(whole) == ["Relay"]
    part = levels_of(document(requirements=rows, options={"domains": domains[:1]}))
    assert part["all"][0]["lacks"] == ["not judged: Signal, Execution"]
    rows[0]["verdict"] = "fail"
    assert reached(document(requirements=rows, options={"domains": domains})) == []


def lacks(name: str, results: dict[str, Any], unmet: list[str] | None = None) -> list[str]:
    levels = levels_of(results, unmet)
    return next([*one["lacks"]] for one in levels["all"] if one["name"] == name)


def test_three_of_what_is_lacking_are_named_and_the_others_counted() -> None:
    failed = ["HDR-FLAGS", "HDR-MAGIC", "HDR-SOURCE", "HDR-VERSION", "HDR-DOMAIN"]
    for count, more in ((3, ""), (4, " and 1 more"), (5, " and 2 more")):
        (said,) = lacks("Wire", document(dict.fromkeys(failed[:count], "fail")))
        assert said.startswith("fail: HDR-")
        assert said.count(", ") == 2
        assert said.endswith(more)
        assert ("more" in said) is bool(more)
    claims = ["a", "b", "c", "d", "e"]
    assert lacks("Fast", document(), claims[:3]) == ["claims not shown as met: a, b, c"]
    assert lacks("Fast", document(), claims) == ["claims not shown as met: a, b, c and 2 more"]


def test_several_claims_that_are_missing_are_said_at_once() -> None:
    some = document(capabilities=[one for one in ALL if one not in {"decode", "encode"}])
    assert lacks("Wire", some) == ["decode and encode are not claimed"]


def test_what_was_not_claimed_or_decoded_alone_keeps_nobody_from_a_level() -> None:
    assert not lacks(
        "Wire", document({"HDR-FLAGS": "not claimed", "HDR-MAGIC": "pass (decode only)"})
    )
    both = lacks("Wire", document({"HDR-FLAGS": "fail", "HDR-MAGIC": "not judged"}))
    assert both == ["fail: HDR-FLAGS", "not judged: HDR-MAGIC"]


def test_a_headline_names_what_each_level_is_about() -> None:
    assert {one.name: one.about for one in LEVELS} == {
        "Wire": "decode, encode, errors",
        "Strict": "padding, context",
        "Meaning": "validate, ids",
        "Hardened": "buffers, threads, views",
        "Fast": "claims",
        "Relay": "section 10",
    }
    assert headline(levels_of(document(), [])) == (
        "levels reached: Wire, Strict, Meaning, Hardened, Fast"
    )
    assert headline(levels_of(document({"HDR-FLAGS": "fail"}), [])) == (
        "levels reached: none; the next, Wire (decode, encode, errors), lacks: fail: HDR-FLAGS"
    )
    assert headline(levels_of(document(options={"is_part": True}), [])) == (
        "levels reached: none (a part of the suite was selected)"
    )
    assert "why_none" not in levels_of(document())
    broken = levels_of(document(causes=[{"requirement": CONTRACT.id}, {"requirement": "X"}]), [])
    assert headline(broken).endswith("lacks: the contract was broken")
    assert reached(document(causes=[{"requirement": "HDR-FLAGS"}]), [])
