"""The command ``torq-conformance new``: a skeleton of an implementation in a language."""
