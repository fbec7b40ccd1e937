"""Holds what an implementation answers against what the specification admits."""
