"""One declaration and one registry line: a vendor's type is judged, shown and documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import vendor_types
from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of, judge_generated
from torq_specs.errors import SpecificationError
from torq_specs.message import message_of
from torq_specs.registry import REGISTRY, vendor
from torq_specs.requirements import requirements

MODULE = "tests.conformance.vendor_types"
NAMES = ("FundingRate", "PairQuote", "ShortBook")


def records(implementation: object) -> list[TestRecord]:
    """What every test that is spread over types says of the vendor's types."""
    registry = registry_with(MODULE)
    judge = Judge(InProcessAdapter(implementation, "vendor"), registry)
    found = []
    for test in suite_tests():
        for line in test.lines(registry):
            if line is not None and line.name in NAMES:
                judge.start(f"{test.name}[{line.name}]", 20)
                if test.is_stateful:
                    continue
                if test.is_generated:
                    judge_generated(judge, test.source(registry, line), 20)
                else:
                    judge.judge_all(cases_of(test.source, registry, line))
                found.append(judge.record)
    return found


def test_a_right_implementation_of_vendor_types_passes() -> None:
    found = records(vendor_types.Right())
    assert not [record.failures for record in found if record.failures]
    assert sum(record.judged for record in found) > 500
    ids = {id_ for record in found for id_ in record.tallies}
    assert {"LAYOUT-FUNDINGRATE", "LAYOUT-SHORTBOOK", "PAD-DECODE", "VEC-CAPACITY"} <= ids


def test_a_wrong_layout_of_a_vendor_type_is_found() -> None:
    failures = [failure for record in records(vendor_types.Wrong()) for failure in record.failures]
    assert "LAYOUT-FUNDINGRATE" in {failure["requirement"] for failure in failures}
    assert all("[FundingRate]" in failure["test"] for failure in failures)


def test_rules_of_a_vendor_type_are_judged_each_by_itself() -> None:
    (line,) = (line for line in registry_with(MODULE) if line.name == "PairQuote")
    found = records(vendor_types.Right())
    judged = {id_ for record in found for id_, tally in record.tallies.items() if tally.judged}
    assert {line.rule_id(rule) for rule in line.rules} <= judged
    failures = [f for record in records(vendor_types.PricesUnchecked()) for f in record.failures]
    assert {f["requirement"] for f in failures} == {"VLD-PAIRQUOTE-FALLING-PRICE"}


def test_requirements_and_declaration_follow() -> None:
    registry = registry_with(MODULE)
    assert "LAYOUT-FUNDINGRATE" in requirements(registry)
    assert "LAYOUT-FUNDINGRATE" not in requirements(REGISTRY)
    value = {"levels": [{"price": 1, "size": 2, "order_count": 3, "reserved": 4}]}
    header = {"relay_domain": 4, "version": 1, "source": 1}
    header |= {"flags": 0, "sequence": 0, "timestamp": 0}
    message = {"header": header, "tlvs": [{"type": 254, "value": value}]}
    construct = message_of(registry)
    assert construct.parse(construct.build(message)) == message


@pytest.mark.parametrize(
    ("source", "reported"),
    [
        ("", "has no list TLVS"),
        ("TLVS = [1]", "has no list TLVS"),
        ("import nowhere", "cannot be imported: ModuleNotFoundError"),
        (f"from {MODULE} import *\nTLVS = [vendor(7, ShortBook, 104)]", "vendor types are 200"),
        (f"from {MODULE} import *\nTLVS = [vendor(200, ShortBook, 99)]", "ShortBook (200) is decl"),
        (f"from {MODULE} import *\nTLVS = TLVS * 2", "vendor type 201 is declared twice"),
    ],
)
def test_a_wrong_module_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reported: str
) -> None:
    name = f"vendor_{abs(hash((source, reported)))}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(KitError) as caught:
        registry_with(name)
    assert reported in str(caught.value)


def test_vendor_types_say_whose_they_are() -> None:
    assert vendor(203, vendor_types.ShortBook, 104).provenance == "vendor"
    with pytest.raises(SpecificationError, match="ShortBook has number 19"):
        REGISTRY.with_vendor_types([vendor(19, vendor_types.ShortBook, 104)])
