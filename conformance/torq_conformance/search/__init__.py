"""Cases by the million: messages made and asked in batches, reported one by one when wrong."""
