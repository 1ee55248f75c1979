"""The entry point names another module."""
