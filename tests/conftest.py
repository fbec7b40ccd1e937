"""Options of the kit's own tests, and messages drawn in bulk from a seed.

Hypothesis draws a hundred messages a second and shrinks what fails; the seeded bulk draws
thousands, so that two independent readings of the protocol can be held together often enough. Both
draw from Layout alone.
"""

from __future__ import annotations

import collections
import gc
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from torq_conformance.cases import boundaries
from torq_conformance.model import derived_codec
from torq_conformance.search import corrupted_messages
from torq_specs.enums import RelayDomain, Source
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import REGISTRY, TlvType

Message = dict[str, Any]

AGREEMENT_COUNT = 2000
CORRUPTION_COUNT = 4000
MUTATION_COUNT = 250


EVERY_PYTHON = (
    "conformance/implementations",
    "conformance/search/test_reference_batches.py",
    "conformance/test_importing.py",
    "conformance/test_in_process.py",
    "conformance/test_plugin.py",
    "conformance/test_results.py",
    "conformance/test_same_draws.py",
    "conformance/test_values.py",
    "specs",
    "test_wheel.py",
)
"""Tests of what another Python may change; one Python is enough for what the kit knows."""

SAMPLED = {
    "conformance/compare/test_comparing.py": 4,
    "conformance/exports/test_topics.py": 8,
    "conformance/implementations/test_at_once.py": 16,
    "conformance/implementations/test_memory.py": 4,
    "conformance/implementations/test_stdio.py": 3,
    "conformance/implementations/test_stdio_gallery.py": 3,
    "conformance/implementations/test_worker_gallery.py": 3,
    "conformance/meter/test_columns.py": 3,
    "conformance/meter/test_measured_loops.py": 4,
    "conformance/meter/test_views.py": 5,
    "conformance/mutants/test_cause_trial.py": 3,
    "conformance/mutants/test_corner_mutants.py": 8,
    "conformance/mutants/test_matrix.py": 3,
    "conformance/mutants/test_vector_trial.py": 3,
    "conformance/search/test_bulk_search.py": 3,
    "conformance/relay/test_relays.py": 4,
    "conformance/stream/test_blocks.py": 10,
    "conformance/test_breakdowns.py": 5,
    "conformance/test_causes.py": 4,
    "conformance/test_cli.py": 6,
    "conformance/test_completed_skeletons.py": 20,
    "conformance/test_doctor.py": 4,
    "conformance/test_evidence.py": 3,
    "conformance/test_faulty.py": 16,
    "conformance/test_foreign_text.py": 4,
    "conformance/test_hostile_codecs.py": 5,
    "conformance/test_importing.py": 3,
    "conformance/test_instruments.py": 3,
    "conformance/test_known_failures.py": 6,
    "conformance/test_latitudes.py": 24,
    "conformance/test_manners.py": 11,
    "conformance/test_left_threads.py": 3,
    "conformance/test_lifetime.py": 4,
    "conformance/test_one_line.py": 4,
    "conformance/test_part.py": 40,
    "conformance/test_part_corners.py": 3,
    "conformance/test_plugin.py": 4,
    "conformance/test_plugin_options.py": 4,
    "conformance/test_reference_faults.py": 3,
    "conformance/test_results_file.py": 4,
    "conformance/test_security_page.py": 3,
    "conformance/test_selection.py": 4,
    "conformance/test_shrinking.py": 5,
    "conformance/test_skeletons.py": 10,
    "conformance/test_sound.py": 40,
    "conformance/test_terminal_manners.py": 4,
    "conformance/test_texts_and_settings.py": 8,
    "conformance/test_vendor_questions.py": 38,
    "conformance/test_vendor_types.py": 3,
    "specs/test_faults_and_construct.py": 5,
    "test_ci_files.py": 2,
    "test_examples_harness.py": 3,
    "vectors/test_consumers.py": 3,
    "vectors/test_dissector.py": 3,
    "vectors/test_exports.py": 4,
    "vectors/test_published.py": 3,
    "vectors/test_vector_commands.py": 8,
}
"""Dear tests: every n-th of a file is run by default, all of them by ``tox -e thorough``."""


def pytest_configure(config: pytest.Config) -> None:
    # The machines are shared and noisy: no test is wrong for being slow.
    settings.register_profile("kit", deadline=None)
    settings.load_profile("kit")
    # What a shell starts in the background ignores SIGINT, and so would all that tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "once: no Python changes it, so one Python runs it")
    config.addinivalue_line("markers", "long: one of many of its kind, run by tox -e thorough")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    met = collections.Counter[str]()
    for item in items:
        if not item.path.is_relative_to(here):
            continue
        file = item.path.relative_to(here).as_posix()
        if not file.startswith(EVERY_PYTHON):
            item.add_marker(pytest.mark.once)
        met[file] += 1
        if met[file] % SAMPLED.get(file, 1):
            item.add_marker(pytest.mark.long)


def _take(nothing: None) -> None:
    """Something for Hypothesis to call."""


def pytest_collection_finish() -> None:
    """What is there by now is not looked through by each collection that a test asks for."""
    # Hypothesis looks once for who holds its random numbers, and does not see what is frozen.
    given(nothing=strategies.none())(_take)()
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kit", "the kit's own tests")
    group.addoption(
        "--relay-rounds",
        type=int,
        default=1,
        metavar="N",
        help="times that a right relay which delays, splits and joins is judged; from 2 on by "
        "every test (default: %(default)s)",
    )
    group.addoption(
        "--mutation-count",
        type=int,
        default=MUTATION_COUNT,
        metavar="N",
        help="mutated files of each kind that are read or refused (default: %(default)s)",
    )
    group.addoption(
        "--agreement-count",
        type=int,
        default=AGREEMENT_COUNT,
        metavar="N",
        help="drawn messages on which Construct, derived codec and reference must agree "
        "(default: %(default)s)",
    )
    group.addoption(
        "--corruption-count",
        type=int,
        default=CORRUPTION_COUNT,
        metavar="N",
        help="corrupted messages of which two readings must tell the same faults "
        "(default: %(default)s)",
    )


@pytest.fixture
def relay_rounds(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--relay-rounds"))


@pytest.fixture
def agreement_count(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--agreement-count"))


@pytest.fixture
def corruption_count(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--corruption-count"))


@pytest.fixture(scope="session")
def draw_messages() -> Callable[[int, int], Iterator[Message]]:
    """(seed, count) -> that many valid neutral messages."""

    def draw(seed: int, count: int) -> Iterator[Message]:
        source = random.Random(seed)
        for _ in range(count):
            yield _message(source)

    return draw


@pytest.fixture(scope="session")
def draw_corruptions() -> Callable[[int, int], Iterator[bytes]]:
    """(seed, count) -> that many messages that were valid before they were changed."""

    def draw(seed: int, count: int) -> Iterator[bytes]:
        source = random.Random(seed)
        for _ in range(count):
            yield _corrupted(source)

    return draw


@pytest.fixture(scope="session")
def draw_wrong_values() -> Callable[[int, int], Iterator[Message]]:
    """(seed, count) -> that many neutral messages, each with one to three parts made wrong."""

    def draw(seed: int, count: int) -> Iterator[Message]:
        source = random.Random(seed)
        for _ in range(count):
            message = _message(source)
            for _ in range(source.randint(1, 3)):
                _make_wrong(source, message)
            yield message

    return draw


def _message(source: random.Random) -> Message:
    domain = source.choice(list(RelayDomain))
    header = {
        "relay_domain": int(domain),
        "version": 1,
        "source": int(source.choice(list(Source))),
        "flags": source.randrange(256),
        "sequence": _integer(source, Integer(8, is_signed=False)),
        "timestamp": _integer(source, Integer(8, is_signed=False)),
    }
    riding = [line for line in REGISTRY if line.domain in {None, domain}]
    groups = [
        group
        for group in (
            [line for line in riding if line.layout is not None],
            [line for line in riding if line.layout is None],
        )
        if group
    ]
    count = source.choice((0, 1, 1, 1, 2, 2, 3, 4))
    lines = [source.choice(source.choice(groups)) for _ in range(count)]
    return {
        "header": header,
        "tlvs": [{"type": line.number, "value": _value(source, line)} for line in lines],
    }


def _value(source: random.Random, line: TlvType) -> Any:
    if line.layout is not None:
        return _fields(source, line.layout)
    sizes = (0, 1, 40, 254, 255, 256, 257, line.size_min, min(line.size_max, 4096))
    size = source.choice([size for size in sizes if line.expected_size(size) is None])
    return source.randbytes(size)


def _fields(source: random.Random, layout: Layout) -> dict[str, Any]:
    return {field.name: _part(source, field.type) for field in layout.named}


def _part(source: random.Random, type_: object) -> Any:
    match type_:
        case Integer():
            return _integer(source, type_)
        case Raw(size):
            return source.choice((bytes(size), source.randbytes(size)))
        case Vector(element=element, capacity=capacity):
            count = source.choice((0, 1, 2, 3, 5, 8, capacity - 1, capacity))
            count = min(count, capacity)
            some = [
                _fields(source, element) if isinstance(element, Layout) else _part(source, element)
                for _ in range(min(count, 5))
            ]
            return [some[index % len(some)] for index in range(count)]
    raise AssertionError(type_)


def _integer(source: random.Random, integer: Integer) -> int:
    kind = source.randrange(4)
    if kind == 0:
        return source.choice(EDGES[integer])
    low, high = (-300, 300) if kind == 1 else (integer.minimum, integer.maximum)
    return source.randint(max(low, integer.minimum), min(high, integer.maximum))


EDGES = {
    integer: sorted({number for _, number in boundaries.integer_edges(integer)})
    for size in (1, 2, 4, 8, 16, 32)
    for integer in (Integer(size, is_signed=False), Integer(size, is_signed=True))
}


def _wire(source: random.Random, message: Message) -> bytes:
    """The bytes of a message, each TLV in either framing."""
    payload = b""
    for tlv in message["tlvs"]:
        value = derived_codec.encode_tlv_value(tlv["type"], tlv["value"])
        is_extended = len(value) > 255 or source.random() < 0.3
        payload += derived_codec.frame(tlv["type"], value, is_extended=is_extended)
    return derived_codec.assemble(message["header"], payload)


def _corrupted(source: random.Random) -> bytes:
    return corrupted_messages.corrupt(source, _wire(source, _message(source)))


def _make_wrong(source: random.Random, message: Message) -> None:
    """Changes one part so that it is probably wrong; sometimes the message stays right."""
    header, tlvs = message["header"], message["tlvs"]
    ways: list[Callable[[], object]] = [lambda: _wrong_header(source, header)]
    if tlvs:
        tlv = source.choice(tlvs)
        ways += [lambda: _wrong_number(source, tlv), *[lambda: _wrong_value(source, tlv)] * 3]
    source.choice(ways)()


def _wrong_header(source: random.Random, header: dict[str, int]) -> None:
    name = source.choice(sorted(header))
    header[name] = source.choice((-1, 0, 2, 3, 5, 99, 255, 256, 1 << 64, 1 << 70))


def _wrong_number(source: random.Random, tlv: Message) -> None:
    # Another number that carries the same kind of value: the kit sends no wrong Python types.
    if isinstance(tlv["value"], bytes):
        tlv["type"] = source.choice((-1, 0, 20, 33, 100, 150, 200, 254, 255, 256, 70_000))


def _wrong_value(source: random.Random, tlv: Message) -> None:
    value = tlv["value"]
    if isinstance(value, bytes):
        tlv["value"] = bytes(source.choice((0, 15, 17, 255, 256, 5000, 65_535, 65_536, 70_000)))
        return
    layout = REGISTRY[tlv["type"]].layout
    assert layout is not None
    field = source.choice(layout.named)
    if not isinstance(field.type, Vector):
        value[field.name] = _wrong_part(source, field.type)
        return
    elements, vector = value[field.name], field.type
    if not elements or source.random() < 0.3:
        one = _part(source, Vector(vector.element, 1))
        extra = vector.capacity + source.choice((0, 1, 2, vector.capacity))
        value[field.name] = (elements + one * extra)[:extra] if one else elements
        return
    # Drawn elements are tiled: change a copy, not every repetition.
    at = source.randrange(len(elements))
    if isinstance(vector.element, Layout):
        inner = source.choice(vector.element.named)
        elements[at] = {**elements[at], inner.name: _wrong_part(source, inner.type)}
    else:
        elements[at] = _wrong_part(source, vector.element)


def _wrong_part(source: random.Random, type_: object) -> Any:
    match type_:
        case Integer() as integer:
            return source.choice(
                (
                    integer.minimum - 1,
                    integer.maximum + 1,
                    (1 << 8 * integer.size) + 5,
                    integer.maximum,
                    -(1 << 300),
                )
            )
        case Raw(size):
            return bytes(source.choice((0, size - 1, size, size + 1, 2 * size)))
    raise AssertionError(type_)
