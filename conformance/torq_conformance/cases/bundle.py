"""A case as JSON types, so that it can be kept in a file and asked again, and back."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.protocol import (
    FORMS,
    REFUSABLE,
    Look,
    Operation,
    Placement,
    Probe,
    Request,
    Surroundings,
    Way,
    refused_in,
)
from torq_conformance.model import foreign_json
from torq_conformance.model.values import FormError, from_json, to_json
from torq_specs import workloads
from torq_specs.configuration import SCHEMAS
from torq_specs.registry import REGISTRY, Registry

ID_SIZE = 10
"""Hex digits of a bundle's hash that are its id."""

PACKED_FROM = 1 << 16
"""Characters of requests from which on they are deflated in a results file."""

REQUESTS_MAX = 4096
"""Requests of one case that are read."""

CALLS_MAX = 100_000
"""Calls of one case: what is repeated stands there once."""

THREADS_MAX = 256
"""Requests that are asked at once, each by a thread of its own."""

PLACED_MAX = 2 << 20
"""Bytes of an output buffer, or beside a buffer, that are placed in memory."""

FLIPS_MAX = 4096
"""Groups of bits that are flipped in one look."""

CROWD_MAX = 4096
"""Messages of which answers live beside another one."""

CALLS_MEASURED_MAX = 1 << 24
"""Calls that a measured loop is asked for."""

Bundle = dict[str, Any]


def bundle_of(case: Case | Sequence, registry: Registry = REGISTRY) -> Bundle:
    """The JSON form of a case."""
    bundle: Bundle = {
        "requirement": case.requirement,
        "label": case.label,
        "requests": [*_runs(case.requests, registry)],
    }
    if isinstance(case, Sequence) and case.rounds:
        bundle["rounds"] = case.rounds
    if isinstance(case, Sequence) and case.way is not Way.ROW:
        bundle["way"] = str(case.way)
    return bundle


def _runs(requests: tuple[Request, ...], registry: Registry) -> Iterator[dict[str, Any]]:
    """Requests as JSON types; one that comes several times in a row says how many ``times``."""
    # The object tells: what is repeated is one, and to compare megabytes takes long.
    for _, run in itertools.groupby(requests, key=id):
        same = [*run]
        document = request_to_json(same[0], registry)
        yield document if len(same) == 1 else {**document, "times": len(same)}


def packed(bundle: Bundle) -> Bundle:
    """The same with its requests deflated, where they are large; ``case_of`` takes both."""
    text = json.dumps(bundle["requests"])
    if len(text) <= PACKED_FROM:
        return bundle
    deflated = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return {**{key: bundle[key] for key in bundle if key != "requests"}, "deflated": deflated}


def _requests(bundle: Mapping[str, Any]) -> list[Any]:
    if "requests" in bundle:
        plain: list[Any] = bundle["requests"]
        return plain
    # A results file may come from anywhere: no more than a suite's case can hold.
    try:
        deflated = base64.b64decode(bundle["deflated"])
        data = zlib.decompressobj().decompress(deflated, foreign_json.BYTES_MAX)
    except (ValueError, zlib.error) as error:
        raise FormError(f"deflated is no deflated text: {error}") from error
    inflated = foreign_json.parse(data)
    if not isinstance(inflated, list):
        raise FormError("deflated holds no list")
    return inflated


def case_of(bundle: Mapping[str, Any], registry: Registry = REGISTRY) -> Sequence:
    """The case of a JSON form; a single question is a row of one. FormError where it is none."""
    documents = _requests(bundle)
    if not 0 < len(documents) <= REQUESTS_MAX:
        raise FormError(f"a case asks 1 to {REQUESTS_MAX} questions, not {len(documents)}")
    rounds, way = bundle.get("rounds", 0), Way(bundle.get("way", Way.ROW))
    if rounds and len(documents) > THREADS_MAX:
        raise FormError(f"{len(documents)} questions at once are more than {THREADS_MAX}")
    requests: list[Request] = []
    for one in documents:
        times = one.get("times", 1)
        if type(times) is not int or not 0 < times <= CALLS_MAX - len(requests):
            raise FormError(f"a case makes 1 to {CALLS_MAX} calls")
        requests += [request_from_json(one, registry)] * times
    return Sequence(bundle["requirement"], bundle["label"], tuple(requests), rounds, way)


def bundle_id(bundle: Mapping[str, Any]) -> str:
    """The beginning of the hash of a bundle: the same question has the same id everywhere."""
    return hashlib.sha256(json.dumps(bundle, sort_keys=True).encode()).hexdigest()[:ID_SIZE]


def request_to_json(request: Request, registry: Registry = REGISTRY) -> dict[str, Any]:
    """A request as JSON types."""
    argument: Any = request.argument
    if isinstance(argument, bytes):
        argument = argument.hex()
    elif request.operation in {Operation.ENCODE, Operation.VALIDATE}:
        argument = to_json(argument, registry)
    elif request.operation is Operation.ERROR_TEXT:
        argument = request_to_json(refused_in(request), registry)
    document = {"operation": str(request.operation), "argument": argument}
    if request.placement is not None:
        holds = request.placement.holds.hex()
        document["placement"] = {**asdict(request.placement), "holds": holds}
    if request.look is not None:
        flips = [[*group] for group in request.look.flips]
        larger = request.look.larger.hex()
        document["look"] = {"probe": str(request.look.probe), "flips": flips, "larger": larger}
        if request.look.others:
            document["look"]["others"] = [one.hex() for one in request.look.others]
    return document


def request_from_json(document: Mapping[str, Any], registry: Registry = REGISTRY) -> Request:
    """The request of its JSON form; FormError where it is none."""
    if not isinstance(document, Mapping) or not {"operation", "argument"} <= set(document):
        raise FormError("a request has an operation and an argument")
    if document["operation"] not in {*Operation}:
        raise FormError(f"the operation {document['operation']!r} is not asked")
    operation, argument = Operation(document["operation"]), document["argument"]
    if operation in {Operation.ENCODE, Operation.VALIDATE}:
        argument = from_json(argument, registry)
    elif operation is Operation.THROUGHPUT:
        argument = _measured(argument)
    elif operation is Operation.CONFIG:
        argument = _configured(argument)
    elif operation is Operation.ERROR_TEXT:
        argument = _refused(argument, registry)
    elif operation is not Operation.INSTRUMENT_ID:
        if not isinstance(argument, str):
            raise FormError("the argument is no hex")
        argument = bytes.fromhex(argument)
    elif not isinstance(argument, Mapping):
        raise FormError("the argument is no object")
    look = _look(document.get("look"))
    if look is not None and operation not in {Operation.DECODE, Operation.DECODE_VIEW}:
        raise FormError(f"no look is had at the answer of {operation}")
    return Request(operation, argument, _placement(document.get("placement")), look)


def _configured(argument: Any) -> dict[str, Any]:
    if not isinstance(argument, Mapping) or {*argument} != {"schema", "environment"}:
        raise FormError("a configuration has a schema and an environment")
    name, environment = argument["schema"], argument["environment"]
    if not isinstance(name, str) or name not in SCHEMAS:
        raise FormError(f"there is no schema {name!r:.80}")
    if not isinstance(environment, Mapping) or not all(
        isinstance(part, str) for pair in environment.items() for part in pair
    ):
        raise FormError("an environment has texts by the names of variables")
    return {"schema": name, "environment": {**environment}}


def _refused(argument: Any, registry: Registry) -> dict[str, Any]:
    refused = request_from_json(argument, registry)
    if refused.operation not in REFUSABLE or refused.placement or refused.look:
        raise FormError(f"no text is asked for of a refusal of {refused.operation}")
    return {"operation": refused.operation.value, "argument": refused.argument}


def _measured(argument: Any) -> dict[str, Any]:
    if not isinstance(argument, Mapping) or {*argument} != {"workload", "count"}:
        raise FormError("a measured loop has a workload and a count")
    workload, count = argument["workload"], argument["count"]
    if workload not in workloads.names():
        raise FormError(f"there is no workload {workload!r:.80}")
    if type(count) is not int or not 0 < count <= CALLS_MEASURED_MAX:
        raise FormError(f"a measured loop makes 1 to {CALLS_MEASURED_MAX} calls")
    return {"workload": workload, "count": count}


def _look(document: Mapping[str, Any] | None) -> Look | None:
    if document is None:
        return None
    flips = document["flips"]
    if not isinstance(flips, list) or len(flips) > FLIPS_MAX:
        raise FormError(f"a look flips at most {FLIPS_MAX} groups of bits")
    groups = tuple(tuple(group) for group in flips)
    if not all(type(bit) is int and 0 <= bit < 8 * PLACED_MAX for one in groups for bit in one):
        raise FormError("bits are counted from 0 within a message")
    others = document.get("others", [])
    if not isinstance(others, list) or len(others) > CROWD_MAX:
        raise FormError(f"at most {CROWD_MAX} answers live beside another one")
    larger, beside = bytes.fromhex(document["larger"]), tuple(map(bytes.fromhex, others))
    return Look(Probe(document["probe"]), groups, larger, beside)


def _placement(document: Mapping[str, Any] | None) -> Placement | None:
    if document is None:
        return None
    apart = {"surroundings", "holds", "form"}
    numbers = [one for name, one in document.items() if name not in apart]
    if not all(part is None or (type(part) is int and 0 <= part <= PLACED_MAX) for part in numbers):
        raise FormError(f"a placement has numbers from 0 to {PLACED_MAX}")
    holds = bytes.fromhex(document.get("holds", ""))
    if len(holds) > PLACED_MAX:
        raise FormError(f"a buffer holds at most {PLACED_MAX} bytes")
    if document.get("form", "B") not in FORMS:
        raise FormError(f"items of one byte are {', '.join(FORMS)}")
    where = Surroundings(document["surroundings"])
    return Placement(**{**document, "surroundings": where, "holds": holds})
