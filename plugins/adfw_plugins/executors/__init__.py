"""Executors: processes on this machine, and a Ray cluster."""

from __future__ import annotations

from adfw import Component, Executor, hookimpl
from adfw_plugins.executors.cluster import RayConfig
from adfw_plugins.executors.local import LocalConfig


@hookimpl
def adfw_executors() -> list[type[Component[Executor]]]:
    """Return this module's components."""
    return [LocalConfig, RayConfig]
