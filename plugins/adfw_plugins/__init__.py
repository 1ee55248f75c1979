"""The built-in plugins, found through entry points exactly as anyone's."""
