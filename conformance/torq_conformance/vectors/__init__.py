"""Golden vectors: chosen from the cases of the suite, written, frozen and checked."""
