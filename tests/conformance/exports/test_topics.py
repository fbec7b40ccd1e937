"""Every word that the page prints has an answer, and it says what an implementer needs."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.conformance.vendor_types import REGISTRY_OF_VENDOR
from torq_conformance.exports import topics
from torq_conformance.exports.topics import Topic
from torq_specs.faults import FaultKind
from torq_specs.registry import REGISTRY
from torq_specs.relay_rules import RELAY_RULES
from torq_specs.requirements import relay_requirements, requirements
from torq_specs.validation import rules_of

pytestmark = pytest.mark.once

WORDS = sorted({*topics.topics().values()})


@cache
def answer(word: str) -> Topic:
    return topics.topic(word)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_an_answer(word: str) -> None:
    found = answer(word)
    assert found.title
    assert found.text.strip()
    assert all(text.strip() for _, text in found.facts)
    assert all(block.text.strip() for block in found.blocks)


@pytest.mark.parametrize("id_", [id_ for _, id_, _ in rules_of(REGISTRY)])
def test_every_rule_of_section_8_shows_both_sides(id_: str) -> None:
    found = answer(id_)
    right, wrong = found.blocks
    assert "nothing is named" in right.text
    assert "nothing is named" not in wrong.text
    for block in found.blocks:
        assert block.dump.count("\n") > 5
    facts = dict(found.facts)
    assert {"level", "section", "why", "look at"} <= set(facts)


def test_what_is_right_shows_the_bytes_that_are_asked() -> None:
    right = answer("TLV-ANY-EXTENDED").blocks[0]
    assert "tlvs[0].extended marker" in right.dump


def test_requirements_about_bytes_show_a_right_and_a_wrong_message() -> None:
    lonely = {
        id_
        for id_, rule in requirements().items()
        if rule.section in {"2", "3"} and len(answer(id_).blocks) < 2
    }
    # These are about what an encoder writes, or about any message: nothing of them is refused.
    refused = {id_ for id_ in lonely if "refused" in requirements()[id_].text}
    # What is right here is any message at all.
    assert refused == {"TLV-PAYLOAD-TOO-LARGE"}


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_of_fault_shows_the_smallest_message_of_its_kind(kind: FaultKind) -> None:
    found = answer(str(kind))
    assert str(kind) in found.blocks[0].text
    assert dict(found.facts)["row"].startswith(str(kind.row))


@pytest.mark.parametrize("number", [str(number) for number in range(1, 12)])
def test_every_section_lists_what_belongs_to_it(number: str) -> None:
    text = answer(f"section {number}").text
    for id_, rule in requirements().items():
        if rule.section == number:
            assert id_ in text
    if number == "10":
        assert all(id_ in text for id_ in RELAY_RULES)
    assert answer(f"§{number}") == answer(f"section {number}")


def test_what_requirements_cite_can_be_shown() -> None:
    cited = set()
    for id_ in requirements():
        cited |= set(re.findall(r"section (\d+)", requirements()[id_].text))
    assert cited
    assert {f"section {number}" for number in cited} <= set(WORDS)


def test_rules_of_a_vendor_are_shown_as_well() -> None:
    found = topics.topic("VLD-PAIRQUOTE-GAP", REGISTRY_OF_VENDOR)
    assert "gap is high minus low" in found.text
    assert len(found.blocks) == 2


@pytest.mark.parametrize("id_", RELAY_RULES)
def test_every_rule_of_relays_says_what_a_right_relay_does(id_: str) -> None:
    rule = RELAY_RULES[id_]
    facts = dict(answer(id_).facts)
    assert facts["a right relay"] == rule.right
    assert facts["look at"] == rule.look_at
    assert facts["from"] == rule.provenance


def test_a_codec_is_not_judged_by_the_rules_of_relays() -> None:
    assert not set(requirements()) & set(RELAY_RULES)
    assert [*relay_requirements()] == [*RELAY_RULES]
    assert {one.section for one in relay_requirements().values()} == {"10"}
