"""The generated reference: specs/README.md, a page for each declared TLV and for each fault.

Everything on the pages is from the registry, the layouts, the faults and the requirements; the
prose is in ``templates``. The same registry always gives the same bytes.
"""

from __future__ import annotations

import re
from pathlib import Path

import jinja2

from torq_conformance.exports import (
    annotated_bytes,
    descriptions,
    example_values,
    pictures,
    topics,
)
from torq_conformance.exports.reference_tables import (
    FAULTS_FOLDER,
    FOLDER,
    error_rows,
    fault_page,
    page_name,
    registry_rows,
    requirement_ids,
    sections,
)
from torq_conformance.exports.templating import templates
from torq_conformance.model.derived_codec import encode_message
from torq_specs.differences import PUBLIC_SYSTEM
from torq_specs.faults import HEADER_LAYOUT, FaultKind
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import (
    ANY_DOMAIN,
    DOMAIN_RANGES,
    EXTENDED_SIZE_MAX,
    REGISTRY,
    STANDARD_SIZE_MAX,
    Registry,
    TlvType,
)
from torq_specs.relay_rules import RELAY_DOMAINS, RELAY_RULES
from torq_specs.requirements import NOT_TESTED, differences, requirements
from torq_specs.validation import rules_of
from torq_specs.workloads import CLAIMS, LEVELS, WORKLOADS

README = "README.md"
PAGE_NAME = re.compile(r"\d+-.+\.md")

README_EXAMPLE = 1
"""The type whose message is shown whole in the README."""

HEX_ROW = 32

BLANK_LINES = re.compile(r"\n{3,}")
"""What parts of a page that have nothing to say leave behind."""


def write(folder: Path, registry: Registry = REGISTRY) -> list[Path]:
    """Write all pages below ``folder`` and remove those of types that are gone.

    Returns the paths that changed, relative to ``folder``.
    """
    drifted = check(folder, registry)
    texts = pages(registry)
    for path in drifted:
        if path.as_posix() not in texts:
            (folder / path).unlink()
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(texts[path.as_posix()].encode())
    return drifted


def check(folder: Path, registry: Registry = REGISTRY) -> list[Path]:
    """The pages below ``folder`` that are missing, differ or are of no type, relative to it."""
    texts = pages(registry)
    drifted = [
        name
        for name, text in texts.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != text.encode()
    ]
    present = {
        f"{name}/{path.name}"
        for name in (FOLDER, FAULTS_FOLDER)
        for path in (folder / name).glob("*.md")
        if PAGE_NAME.fullmatch(path.name)
    }
    strays = present - set(texts)
    return [Path(name) for name in (*drifted, *sorted(strays))]


def pages(registry: Registry = REGISTRY) -> dict[str, str]:
    """The text of every page by its path relative to the folder of the specification."""
    environment = templates()
    texts = {README: _readme(environment, registry)}
    lines = registry.with_layout
    for kind in FaultKind:
        template = environment.get_template("fault.md.j2")
        texts[f"{FAULTS_FOLDER}/{fault_page(kind)}"] = template.render(
            topic=topics.of_fault(kind, registry)
        )
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        after = lines[index + 1] if index + 1 < len(lines) else None
        texts[f"{FOLDER}/{page_name(line)}"] = _page(environment, registry, line, before, after)
    return {name: BLANK_LINES.sub("\n\n", text) for name, text in texts.items()}


def _page(
    environment: jinja2.Environment,
    registry: Registry,
    line: TlvType,
    before: TlvType | None,
    after: TlvType | None,
) -> str:
    assert line.layout is not None
    message = example_values.message(line)
    data = encode_message(message, registry)
    return environment.get_template("tlv.md.j2").render(
        line=line,
        layout=line.layout,
        domain=descriptions.domain_name(line),
        framing=descriptions.framing_sentence(line),
        provenance=descriptions.provenance_sentence(line),
        requirements=requirement_ids(line),
        rows=descriptions.field_rows(line.layout),
        vectors=descriptions.vectors(line.layout),
        elements=[(x, descriptions.field_rows(x)) for x in descriptions.elements(line.layout)],
        element_name=descriptions.element_name,
        rules=[(line.rule_id(rule), rule) for rule in line.rules],
        differs=(*(line.declaration.differs if line.declaration else ()), *line.differs),
        picture=pictures.picture(line.layout),
        dump=annotated_bytes.dump(annotated_bytes.tlv_rows(message, registry)),
        message_hex=_hex(data) if line.size_max <= STANDARD_SIZE_MAX else "",
        message_size=len(data),
        before=(before.name, page_name(before)) if before else None,
        after=(after.name, page_name(after)) if after else None,
    )


def _hex(data: bytes) -> str:
    return "\n".join(data[at : at + HEX_ROW].hex() for at in range(0, len(data), HEX_ROW))


def _readme(environment: jinja2.Environment, registry: Registry) -> str:
    by_id = requirements(registry)
    line = registry[README_EXAMPLE]
    message = example_values.message(line)
    data = encode_message(message, registry)
    return environment.get_template("README.md.j2").render(
        line=line,
        page=f"{FOLDER}/{page_name(line)}",
        header_size=HEADER_SIZE,
        message_size_max=MESSAGE_SIZE_MAX,
        standard_size_max=STANDARD_SIZE_MAX,
        extended_size_max=EXTENDED_SIZE_MAX,
        records=[
            (record, descriptions.field_rows(record), pictures.picture(record))
            for _, record in sorted(descriptions.records(registry).items())
            if record is not HEADER_LAYOUT
        ],
        header_rows=descriptions.field_rows(HEADER_LAYOUT),
        header_picture=pictures.picture(HEADER_LAYOUT),
        dump=annotated_bytes.dump(annotated_bytes.message_rows(message, registry)),
        message_hex=_hex(data),
        message_size=len(data),
        domain_ranges=[(f"{r[0]} to {r[-1]}", domain.name) for r, domain in DOMAIN_RANGES],
        provenances=descriptions.PROVENANCES,
        registry_rows=list(registry_rows(registry)),
        enumerations=[
            (values.__name__, descriptions.sentence(values), descriptions.members_text(values))
            for values in descriptions.long_enumerations(registry)
        ],
        errors=list(error_rows()),
        sections={number: members for number, _, members in sections(by_id)},
        any_domain=ANY_DOMAIN,
        rules=list(rules_of(registry)),
        workloads=list(WORKLOADS.values()),
        levels=LEVELS,
        claims=CLAIMS,
        relay_domains=RELAY_DOMAINS,
        relay_rules=list(RELAY_RULES.values()),
        public_system=PUBLIC_SYSTEM,
        differences=list(differences(registry)),
        not_tested=NOT_TESTED,
    )
