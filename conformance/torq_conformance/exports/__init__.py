"""Documents and foreign formats, all derived from Layout and the registry."""
