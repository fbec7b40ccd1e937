"""Rules of section 8: what cannot be one is refused when declared, by its name."""

from __future__ import annotations

import pytest

import torq_specs
from torq_specs import (
    REGISTRY,
    AtLeast,
    Below,
    Declaration,
    Difference,
    DifferenceOf,
    EachPositive,
    Field,
    FixedVec,
    MemberOf,
    NotCrossed,
    NotEmpty,
    NotNegative,
    Positive,
    PriceType,
    Rule,
    Side,
    Sorted,
    SpecificationError,
    i64,
    u8,
    vendor,
    violations,
)
from torq_specs.validation import may_name, rules_of

STEP = Declaration("Step", "One step.", Field("at", i64, "where"), provenance="vendor")


def declared(*rules: Rule) -> None:
    declaration = Declaration(
        "Mine",
        "A vendor's.",
        Field("low", i64, "a number"),
        Field("high", i64, "a number"),
        Field("side", u8, "a side", values=Side),
        Field("kind", u8, "a number"),
        Field("steps", FixedVec(STEP, 2), "steps"),
        Field("marks", FixedVec(i64, 2), "marks"),
        provenance="vendor",
        rules=rules,
    )
    vendor(201, declaration, declaration.sizeof())


def test_rules_of_every_kind_are_taken() -> None:
    declared(
        *(Positive("low"), NotNegative("high"), MemberOf("side", Side), AtLeast("high", "low")),
        *(DifferenceOf("kind", "high", "low"), NotEmpty("steps"), NotEmpty("marks")),
        *(EachPositive("steps", "at"), Sorted("steps", "at", is_rising=True)),
    )


@pytest.mark.parametrize(
    ("rules", "culprit"),
    [
        ((Positive("lo"),), "Mine: the rule VLD-MINE-LO names lo, which it does not have"),
        ((Below("low", "hi"),), "VLD-MINE-LOW-HI names hi, which it does not have"),
        ((DifferenceOf("low", "high", "x"),), "VLD-MINE-LOW names x, which it does not have"),
        ((NotEmpty("step"),), "VLD-MINE-STEP names step, which it does not have"),
        ((NotEmpty("low"),), "VLD-MINE-LOW names low, which is not a vector"),
        ((Positive("steps"),), "VLD-MINE-STEPS names steps, which is not an integer"),
        ((EachPositive("steps", "when"),), "names steps.when, which is not a vector of records"),
        ((EachPositive("marks", "at"),), "names marks.at, which is not a vector of records"),
        ((Sorted("low", "at", is_rising=True),), "names low.at, which is not a vector of records"),
        ((NotCrossed("steps", "marks", "at"),), "names marks.at, which is not a vector of records"),
        ((Positive("low"), NotNegative("low")), "Mine has two rules VLD-MINE-LOW"),
        ((MemberOf("side", PriceType),), "VLD-MINE-SIDE takes members of PriceType, its field of"),
        ((MemberOf("kind", Side),), "takes members of Side, its field of nothing"),
    ],
    ids=lambda one: str(one)[:50],
)
def test_rule_that_cannot_be_is_refused_by_name(rules: tuple[Rule, ...], culprit: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        declared(*rules)
    assert culprit in str(caught.value)


@pytest.mark.parametrize("source", ["", "  ", "\n"])
def test_difference_without_a_source_is_refused(source: str) -> None:
    with pytest.raises(SpecificationError, match="difference about Trade has no source"):
        Difference("Trade", "40 bytes", "48 bytes", source)


def test_every_rule_has_words_an_id_and_fields_of_its_own() -> None:
    ids = [id_ for _, id_, _ in rules_of(REGISTRY)]
    assert len(ids) == len(set(ids)) == 28
    for line, id_, rule in rules_of(REGISTRY):
        assert id_.startswith(f"VLD-{line.name.upper()}-")
        assert rule.about
        assert rule.why.endswith(".")
        assert not rule.sentence.endswith(".")
        for path in rule.operands:
            name = path.partition(".")[0]
            assert name in rule.expression
            assert line.layout is not None
            assert line.layout.field(name)


def book(bids: list[int], asks: list[int]) -> dict[str, object]:
    sides: dict[str, list[dict[str, int]]] = {
        name: [{"price": price, "size": 1, "order_count": 1, "reserved": 0} for price in prices]
        for name, prices in (("bids", bids), ("asks", asks))
    }
    return {"tlvs": [{"type": 3, "value": {**sides, "precision_factor": 1}}]}


@pytest.mark.parametrize(
    ("bids", "asks", "ids"),
    [
        ([5, 4], [6, 7], []),
        ([5, 5], [6, 7], ["BIDS-ORDER"]),
        ([4, 5], [6, 7], ["BIDS-ORDER"]),
        ([5, 4], [5, 7], []),
        ([5, 4], [4, 7], ["ASKS-BIDS"]),
        ([5, 4], [6, 4], ["ASKS-ORDER"]),
        ([], [6, 4], ["ASKS-ORDER"]),
        ([0], [6], ["BIDS-PRICE"]),
        ([], [], []),
    ],
)
def test_violations_of_a_book(bids: list[int], asks: list[int], ids: list[str]) -> None:
    found = [one.id.removeprefix("VLD-ORDERBOOK-") for one in violations(book(bids, asks))]
    assert found == ids


def test_only_a_crossed_book_by_another_reading_may_name_more() -> None:
    assert may_name(book([5, 4], [6, 7])) == frozenset()
    # The lowest ask is below the best bid, but is not the first one.
    others = {"asks", "bids", "asks[1].price", "bids[0].price", "asks[0].price"}
    assert may_name(book([5, 4], [6, 4])) == others


@pytest.mark.parametrize("name", torq_specs.__all__)
def test_what_is_public_is_there_and_documented(name: str) -> None:
    public = getattr(torq_specs, name)
    is_plain = isinstance(public, str | int | tuple | dict | frozenset)
    assert is_plain or public.__doc__, name
