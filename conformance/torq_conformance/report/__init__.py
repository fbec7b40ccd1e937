"""What people and machines read of a run: failures in words, tables, the results file."""
