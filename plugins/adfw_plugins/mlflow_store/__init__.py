"""A store shared by a team: MLflow's model registry, where versions, metrics, aliases and artefacts are seen."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import Field

from adfw import Component, PluginError, Store, hookimpl


class MlflowConfig(Component[Store]):
    """MLflow's model registry; each version is a model version, with a run that holds its figures and its package.

    MLflow keeps no checksums, no history of aliases and no reasons, and sets an alias without comparing: packages are
    therefore checked against the digest in the version's tags whenever they are fetched, and `expect` is compared
    before the alias is set, not in one step with it.
    """

    name: Literal["mlflow"] = "mlflow"
    uri: Annotated[str, Field(min_length=1, description="tracking server, e.g. http://127.0.0.1:5000")]
    experiment: Annotated[str, Field(min_length=1, description="experiment of the runs that hold packages")] = "adfw"

    def build(self) -> Store:
        """Make the store; raises PluginError without MLflow. The server is asked when something is wanted of it."""
        if find_spec("mlflow") is None:
            raise PluginError("the store mlflow needs MLflow; install it with: pip install 'adfw[mlflow]'")
        from adfw_plugins.mlflow_store.store import MlflowStore

        return MlflowStore(self.uri, self.experiment)


@hookimpl
def adfw_stores() -> list[type[Component[Store]]]:
    """Register the store on MLflow."""
    return [MlflowConfig]
