"""Torq Protocol V2, byte for byte: what the protocol says, as executable declarations."""
