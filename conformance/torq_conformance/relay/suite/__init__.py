"""The tests of relays for pytest: ``pytest --pyargs torq_conformance.relay.suite --torq-relay``."""
