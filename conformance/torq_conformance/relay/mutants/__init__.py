"""Faulty relays: the reference relay with one fault each; every one must be found by its rule."""
