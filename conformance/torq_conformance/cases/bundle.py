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
    Operation,
    Placement,
    Request,
    Surroundings,
    Way,
)
from torq_conformance.model.values import from_json, to_json
from torq_specs.registry import REGISTRY, Registry

ID_SIZE = 10
"""Hex digits of a bundle's hash that are its id."""

PACKED_FROM = 1 << 16
"""Characters of requests from which on they are deflated in a results file."""

INFLATED_MAX = 1 << 30
"""Characters of requests that are read."""

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
    inflating = zlib.decompressobj()
    # A results file may come from anywhere: no more than a suite's case can hold.
    text = inflating.decompress(base64.b64decode(bundle["deflated"]), INFLATED_MAX)
    inflated: list[Any] = json.loads(text)
    return inflated


def case_of(bundle: Mapping[str, Any], registry: Registry = REGISTRY) -> Sequence:
    """The case of a JSON form; a single question is a row of one."""
    requests = tuple(
        itertools.chain.from_iterable(
            [request_from_json(one, registry)] * one.get("times", 1) for one in _requests(bundle)
        )
    )
    rounds, way = bundle.get("rounds", 0), Way(bundle.get("way", Way.ROW))
    return Sequence(bundle["requirement"], bundle["label"], requests, rounds, way)


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
    document = {"operation": str(request.operation), "argument": argument}
    if request.placement is not None:
        document["placement"] = asdict(request.placement)
    return document


def request_from_json(document: Mapping[str, Any], registry: Registry = REGISTRY) -> Request:
    """The request of its JSON form."""
    operation, argument = Operation(document["operation"]), document["argument"]
    if isinstance(argument, str):
        argument = bytes.fromhex(argument)
    elif operation in {Operation.ENCODE, Operation.VALIDATE}:
        argument = from_json(argument, registry)
    return Request(operation, argument, _placement(document.get("placement")))


def _placement(document: Mapping[str, Any] | None) -> Placement | None:
    if document is None:
        return None
    return Placement(**{**document, "surroundings": Surroundings(document["surroundings"])})
