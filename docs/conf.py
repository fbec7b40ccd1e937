"""The site: every README, the generated reference and the pages of this folder.

Built from the root of the checkout, so that links between pages are links between files:

    sphinx-build -W -c docs . site
"""

project = "torq-conformance"
author = "the authors of torq-conformance"
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "docs/*.md",
    "specs/*.md",
    "specs/*/*.md",
    "conformance/*.md",
    "vectors/README.md",
    "examples/README.md",
    "examples/*/README.md",
    "benchmarks/README.md",
    "tests/README.md",
]
exclude_patterns = ["**/node_modules", "**/target", "**/build", ".*", "site"]

extensions = ["myst_parser"]
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]
# Folders and files of the source are named beside the pages; they are not part of the site.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = "torq-conformance"
html_static_path: list[str] = []
html_show_sphinx = False
html_show_copyright = False
