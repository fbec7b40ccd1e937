"""One run: the suite in a process of its own, its results, and asking again."""
