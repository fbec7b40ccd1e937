"""Published golden vectors of Torq Protocol V2: data only."""
