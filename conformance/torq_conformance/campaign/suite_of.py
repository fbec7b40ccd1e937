"""By which specification a ledger's campaign judges, checked against this kit's.

A ledger may name a module of vendor types; it is never imported for that, only where the command
line names it too.
"""

from __future__ import annotations

from torq_conformance.campaign.ledger import Ledger
from torq_conformance.cluster.introduction import claimed_by
from torq_conformance.errors import KitError
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.running.provenance import specification_digest
from torq_specs.registry import Registry


def registry_of(ledger: Ledger, vendor_specs: str | None) -> Registry:
    """The registry by which a campaign judges: of the types that its implementation claims.

    KitError where this kit has another specification than the ledger speaks of.
    """
    named = ledger.about.get("vendor_specs")
    if named != vendor_specs:
        said = "none" if named is None else f"{named!r:.80}"
        problem = f"{ledger.path} is of a campaign with other vendor types: {said}."
        raise KitError(problem, "Name the same with --vendor-specs.")
    whole = registry_with(vendor_specs)
    if specification_digest(whole) != ledger.about["specification"]:
        kit = ledger.about["kit"]
        problem = f"{ledger.path} is of another suite: that of kit {kit:.40}."
        raise KitError(problem, "Read it with that kit.")
    return claimed_by(ledger.about["build"]["claims"], whole)
