"""The conformance tests that implementers run; one file per chapter.

A test is a function that yields cases, decorated with the requirements that they judge. Run with
``pytest --pyargs torq_conformance.suite --torq-implementation python:package.module:Name``.
"""
