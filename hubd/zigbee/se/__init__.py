"""Smart Energy."""
