"""Values, layouts and bytes: from one to the other, by Layout alone."""
