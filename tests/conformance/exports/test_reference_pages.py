from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

from torq_conformance.errors import KitError
from torq_conformance.exports import descriptions, example_values, reference_pages
from torq_conformance.exports.reference_tables import page_name, registry_rows
from torq_specs.faults import CONTEXT, HEADER_LAYOUT, FaultKind
from torq_specs.layout import Layout
from torq_specs.message import Message
from torq_specs.registry import REGISTRY, TlvType
from torq_specs.requirements import requirements
from torq_specs.validation import rules_of

SPECS = Path(__file__).parents[3] / "specs"
TLVS = REGISTRY.with_layout
NAMES = [line.name for line in TLVS]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference_pages.pages()


def page_of(pages: dict[str, str], line: TlvType) -> str:
    return pages[f"reference/{page_name(line)}"]


def tables(page: str, head: str) -> list[list[list[str]]]:
    """Every table of a page that starts with ``head``, as rows of cells."""
    found = []
    for block in page.split("\n\n"):
        lines = block.splitlines()
        if lines and lines[0].startswith(head):
            found.append([[c.strip() for c in re.split(r"(?<!\\)\|", x)[1:-1]] for x in lines[2:]])
    return found


def code_blocks(page: str) -> list[str]:
    return re.findall(r"^```\n(.*?)\n```$", page, flags=re.MULTILINE | re.DOTALL)


def hex_block(page: str) -> bytes:
    blocks = [block for block in code_blocks(page) if re.fullmatch(r"[0-9a-f\n]+", block)]
    assert len(blocks) == 1
    return bytes.fromhex(blocks[0])


def assert_table_is_layout(rows: list[list[str]], layout: Layout) -> None:
    facts = [
        (str(field.offset), str(field.size), field.name and f"`{field.type}`", field.unit)
        for field in layout.fields
    ]
    assert [(o, s, t if name else "", unit) for o, s, t, name, unit, _ in rows] == facts
    assert [row[3].strip("`") for row in rows] == [field.name for field in layout.fields]
    for row, field in zip(rows, layout.fields, strict=True):
        assert row[5].startswith(field.doc.replace("|", "\\|") if field.name else "zero")


def test_committed_pages_are_those_of_the_registry() -> None:
    assert reference_pages.check(SPECS) == [], "run `torq-conformance spec pages`"


def test_every_declared_type_has_a_page_and_no_other_type(pages: dict[str, str]) -> None:
    expected = {f"reference/{line.number}-{line.name}.md" for line in TLVS}
    expected |= {f"faults/{kind.row}-{kind}.md" for kind in FaultKind}
    assert set(pages) == {"README.md", *expected}


def test_pages_are_the_same_every_time_and_of_no_machine(pages: dict[str, str]) -> None:
    assert reference_pages.pages() == pages
    for text in pages.values():
        assert str(SPECS.parent) not in text
        assert text.endswith("\n")
        assert not re.search(r"[ \t]$", text, flags=re.MULTILINE)
        assert "\n\n\n" not in text


@pytest.mark.parametrize("line", TLVS, ids=NAMES)
def test_table_of_a_page_is_the_layout(line: TlvType, pages: dict[str, str]) -> None:
    assert line.layout is not None
    first, *others = tables(page_of(pages, line), "| offset | size | type | field |")
    assert_table_is_layout(first, line.layout)
    elements = descriptions.elements(line.layout)
    for rows, element in zip(others, elements, strict=True):
        assert_table_is_layout(rows, element)


@pytest.mark.parametrize("line", TLVS, ids=NAMES)
def test_table_of_a_vector_has_the_offsets_of_its_leaves(
    line: TlvType, pages: dict[str, str]
) -> None:
    assert line.layout is not None
    vectors = descriptions.vectors(line.layout)
    parts = tables(page_of(pages, line), "| offset | size | type | part |")
    for rows, vector in zip(parts, vectors, strict=True):
        for offset, size, _, part, _ in rows:
            leaf = line.layout.leaf_at(int(offset))
            assert leaf.offset == int(offset)
            if part.startswith("slot "):
                assert leaf.path.startswith(f"{vector.field.name}[{part.removeprefix('slot ')}]")
                assert int(size) == vector.vector.element.size
            else:
                assert leaf.path == f"{vector.field.name}.{part or 'padding'}"
                assert int(size) == leaf.size
        last = rows[-1]
        assert int(last[0]) + int(last[1]) == vector.field.end


@pytest.mark.parametrize("line", TLVS, ids=NAMES)
def test_a_page_says_size_domain_framing_and_provenance(
    line: TlvType, pages: dict[str, str]
) -> None:
    page = page_of(pages, line)
    assert line.layout is not None
    assert line.layout.doc in page
    assert f"| size | {line.layout.size:,} bytes, always |" in page
    domain = "System, rides in any" if line.domain is None else line.domain.name
    assert f"| domain | {domain} |" in page
    assert ("extended, because" in page) == (line.layout.size > 255)
    assert ("decided by this kit" in page) == ("K" in line.provenance)
    assert ("the design notes of the protocol" in page) == ("S" in line.provenance)
    assert ("the public reference system" in page) == ("R" in line.provenance)
    assert f"LAYOUT-{line.name.upper()}" in page


@pytest.mark.parametrize("line", [x for x in TLVS if x.size_max <= 255], ids=lambda x: x.name)
def test_message_of_a_page_is_parsed_to_the_example(line: TlvType, pages: dict[str, str]) -> None:
    parsed = Message.parse(hex_block(page_of(pages, line)))
    assert parsed == example_values.message(line)


def test_message_of_the_readme_is_parsed_to_the_example(pages: dict[str, str]) -> None:
    page = pages["README.md"]
    data = hex_block(page)
    assert Message.parse(data) == example_values.message(REGISTRY[1])
    dump = next(block for block in code_blocks(page) if block.startswith("offset"))
    dumped = "".join(line[8:31] for line in dump.splitlines()[1:])
    assert bytes.fromhex(dumped) == data


def test_readme_has_header_registry_errors_and_requirements(pages: dict[str, str]) -> None:
    page = pages["README.md"]
    header = tables(page, "| offset | size | type | field |")[0]
    assert_table_is_layout(header, HEADER_LAYOUT)
    registry = tables(page, "| number | name |")[0]
    assert len(registry) == len(list(registry_rows())) == len(list(REGISTRY)) - 54
    for line in TLVS:
        link = f"[{line.name}](reference/{line.number}-{line.name}.md)"
        assert [row for row in registry if row[:2] == [str(line.number), link]]
    errors = tables(page, "| row | kind |")[0]
    for kind, context in CONTEXT.items():
        _, link, when, must, should = errors[kind.row - 1]
        assert link == f"[{kind}](faults/{kind.row}-{kind}.md)"
        assert when
        named_context = f"{must}, {should}".replace(" (free text)", "")
        assert [x for x in named_context.split(", ") if x] == list(context)
    texts = [row for table in tables(page, "| id | level | requirement |") for row in table]
    rules = [row[3] for row in tables(page, "| type | rule |")[0]]
    assert sorted([*rules, *(row[0] for row in texts)]) == sorted(requirements())
    assert rules == [id_ for _, id_, _ in rules_of(REGISTRY)]
    for id_, level, text in texts:
        requirement = requirements()[id_]
        assert level == requirement.level
        plain = re.sub(r"\\([|*])", r"\1", text).replace("&lt;", "<")
        assert requirement.text in plain
        assert requirement.note in plain


def test_links_lead_somewhere(pages: dict[str, str]) -> None:
    def anchors(page: str) -> set[str]:
        heads = re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}

    for path, page in pages.items():
        for target in re.findall(r"\]\(([^)]*)\)", page):
            name, _, anchor = target.partition("#")
            folder = Path(path).parent
            wanted = posixpath.normpath((folder / name).as_posix()) if name else path
            assert wanted in pages, f"{path} links to {target}"
            assert not anchor or anchor in anchors(pages[wanted]), f"{path} links to {target}"


def test_written_pages_have_not_drifted(tmp_path: Path) -> None:
    written = reference_pages.write(tmp_path)
    assert len(written) == len(TLVS) + len(FaultKind) + 1
    assert reference_pages.check(tmp_path) == []
    assert reference_pages.write(tmp_path) == []


def test_drifted_missing_and_stray_pages_are_named_and_mended(tmp_path: Path) -> None:
    reference_pages.write(tmp_path)
    folder = tmp_path / "reference"
    (folder / "notes.md").write_text("not generated", encoding="utf-8")
    (folder / "2-Quote.md").unlink()
    (folder / "1-Trade.md").rename(folder / "1-Sale.md")
    with (tmp_path / "README.md").open("a", encoding="utf-8") as page:
        page.write("edited")
    drifted = [
        Path("README.md"),
        Path("reference/1-Trade.md"),
        Path("reference/2-Quote.md"),
        Path("reference/1-Sale.md"),
    ]
    assert reference_pages.check(tmp_path) == drifted
    assert reference_pages.write(tmp_path) == drifted
    assert reference_pages.check(tmp_path) == []
    assert (folder / "notes.md").exists()
    assert not (folder / "1-Sale.md").exists()


def test_a_page_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(KitError, match="is no page that was generated"):
        reference_pages.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "mine"
