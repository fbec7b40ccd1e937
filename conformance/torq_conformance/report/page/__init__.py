"""Results as one HTML page that needs nothing beside itself; ``page.render`` makes it."""
