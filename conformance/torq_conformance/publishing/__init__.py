"""Results, of one run or of several, for people and machines that were not there: `report`."""
