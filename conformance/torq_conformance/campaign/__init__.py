"""Campaigns: the drawn stream for days, on many machines, with a ledger of what was judged."""
