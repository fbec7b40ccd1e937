"""Configuration from environment variables, for implementations that claim config (section 12)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import configuration_rows, configuration_texts, configurations
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import enumerated, spanned
from torq_specs.registry import Registry


@enumerated("CFG-VALUE")
def test_what_is_set_is_read(registry: Registry) -> Iterator[Case]:
    """Every field set, numbers at their edges, texts of any characters."""
    yield from configurations.set_texts("CFG-VALUE")


@enumerated("CFG-DEFAULT")
def test_what_is_not_set_has_its_default(registry: Registry) -> Iterator[Case]:
    """Nothing set, and every field left out alone."""
    yield from configurations.defaults("CFG-DEFAULT")


@enumerated("CFG-EMPTY")
def test_what_is_set_to_nothing_is_refused(registry: Registry) -> Iterator[Case]:
    """Fields of every type, with and without a default."""
    yield from configurations.empty_texts("CFG-EMPTY")


@enumerated("CFG-FORM")
def test_what_is_of_the_wrong_form_is_refused(registry: Registry) -> Iterator[Case]:
    """Texts that one language reads as a number or a boolean, and another does not."""
    yield from configurations.wrong_forms("CFG-FORM")


@enumerated("CFG-RANGE")
def test_numbers_out_of_range_are_refused(registry: Registry) -> Iterator[Case]:
    """One beyond each bound, what wraps into the bounds, thousands of digits."""
    yield from configurations.out_of_range("CFG-RANGE")


@enumerated("CFG-UNKNOWN")
def test_unknown_variables_are_refused(registry: Registry) -> Iterator[Case]:
    """Names with the prefix that no field has; names without it change nothing."""
    yield from configurations.unknown_variables("CFG-UNKNOWN")


@enumerated("CFG-VARIABLE")
def test_a_refusal_names_the_variable(registry: Registry) -> Iterator[Case]:
    """One wrong variable among right ones, and several."""
    yield from configurations.named_variables("CFG-VARIABLE")


@spanned("CFG-VALUE", quick=48, standard=2)
def test_special_texts_are_what_they_are(registry: Registry) -> Iterator[Cell]:
    """Quotes, references, escapes, comments, literals, blanks, letters of every kind and length."""
    yield from configuration_texts.special_texts(registry)


@enumerated("STATE-INDEPENDENT")
def test_configurations_do_not_depend_on_other_calls(registry: Registry) -> Iterator[Sequence]:
    """The same names with other values, values exchanged, one environment for every schema."""
    yield from configuration_rows.in_rows("STATE-INDEPENDENT")
