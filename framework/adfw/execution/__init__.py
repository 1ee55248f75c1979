"""Work as data, done by processes here or elsewhere."""
