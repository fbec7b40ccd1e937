"""Relays, judged over their sockets: schedules, a model of what each connection receives, a run."""
