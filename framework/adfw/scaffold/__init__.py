"""A new plugin, written from templates: a distribution that installs, and passes its own tests, as it stands."""

from adfw.scaffold.names import KINDS, PluginNames, plugin_names
from adfw.scaffold.writing import write_plugin

__all__ = ["KINDS", "PluginNames", "plugin_names", "write_plugin"]
