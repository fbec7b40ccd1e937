"""The commands ``doctor`` and ``completion``: the machine and the shell that the kit runs on."""
