"""What tests of one's own are given: a codec that is asked in its process, and right messages."""

from __future__ import annotations

from typing import Any

import pytest

from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected, Unsupported
from torq_conformance.running.for_tests import CodecUnderTest, NoAnswerError, right_messages
from torq_specs.registry import REGISTRY

MESSAGES = right_messages(REGISTRY)


def codec(kind: type[Reference]) -> CodecUnderTest:
    return CodecUnderTest(InProcessAdapter(kind(), "it", kind))


def test_every_declared_type_has_a_right_message() -> None:
    assert {*MESSAGES} == {line.name for line in REGISTRY}
    it = codec(Reference)
    for name, one in MESSAGES.items():
        assert one.type == name
        assert it.encode(one.message) == one.data
        assert it.decode(one.data) == one.message
        assert it.roundtrip(one.data) == one.data


def test_what_means_nothing_is_named_and_ids_are_asked_for() -> None:
    it = codec(Reference)
    trade = MESSAGES["Trade"].message
    value = {**trade["tlvs"][0]["value"], "price": 0}
    wrong = {**trade, "tlvs": [{"type": 1, "value": value}]}
    assert "price" in it.validate(wrong)
    assert it.instrument_id("from_u64", value=5) == Reference().instrument_id("from_u64", value=5)
    assert it.identity.name == Reference.name


def test_what_is_no_answer_is_raised() -> None:
    class Broken(Reference):
        def decode(self, data: bytes) -> Any:
            raise Unsupported if data == b"u" else IndexError(data)

    with pytest.raises(Rejected):
        codec(Reference).decode(b"")
    with pytest.raises(Unsupported):
        codec(Broken).decode(b"u")
    with pytest.raises(NoAnswerError, match=r"decode was not answered: .*IndexError"):
        codec(Broken).decode(b"")
