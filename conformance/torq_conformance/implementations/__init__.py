"""Implementations under test: the contract, the closed set of outcomes, and the adapters."""
