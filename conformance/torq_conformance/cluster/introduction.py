"""What a process that judges says of itself, and why two of them do not do the same work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torq_conformance.cluster.tasks import Json
from torq_conformance.implementations.claimed_types import claimed_numbers
from torq_conformance.implementations.protocol import Identity
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.running.provenance import (
    files_of,
    kit_version,
    specification_digest,
    suite_digest,
)
from torq_specs.registry import Registry


def introduction(setup: Json, claims: Json) -> Json:
    """Which kit judges, by which specification, and which build of the implementation."""
    named = setup.get("implementations") or [setup.get("implementation", "")]
    return {
        "kit": kit_version(),
        "sources": suite_digest(),
        "specification": specification_digest(registry_with(setup.get("vendor_specs"))),
        "build": {"claims": claims, "files": [files_of(name) for name in named if name]},
    }


def claims_of(identity: Identity) -> Json:
    """What an implementation claims, as JSON types."""
    return {
        "name": identity.name,
        "version": identity.version,
        "language": identity.language,
        "capabilities": sorted(identity.capabilities),
        "types": None if identity.types is None else [*identity.types],
    }


def claimed_by(claims: Mapping[str, Any], registry: Registry) -> Registry:
    """The types that an implementation claims, by what it said of itself."""
    if claims["types"] is None:
        return registry
    numbers = claimed_numbers(tuple(claims["types"]), registry, str(claims["name"]))
    return registry.restricted_to(numbers)


def kit_differs(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """Why another kit is not this one, in a few words; empty where it is."""
    if theirs.get("kit") != ours["kit"]:
        return f"it has version {theirs.get('kit')} of the kit, and here is {ours['kit']}"
    if theirs.get("specification") != ours["specification"]:
        return "its specification is another one"
    if theirs.get("sources") != ours["sources"]:
        return f"its kit {theirs.get('kit')} has other sources"
    return ""


def build_differs(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """Why another build of the implementation is not the one that is judged; empty where it is."""
    if theirs.get("files") != ours.get("files"):
        return "its build of the implementation is another one"
    if theirs.get("claims") != ours.get("claims"):
        return "its implementation claims something else"
    return ""
