"""Cases by the million: messages made in batches, fed in batches, told one by one when wrong."""
