"""Several implementations, asked the same: where they are wrong, and where they merely differ."""
