"""Packages as MLflow's model versions: artefacts first, the version's row last, so that none is half there."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adfw import ModelRecord, RegistryError, Store, StoreTraits, Version, check_alias, check_name, copy_package
from adfw_plugins.mlflow_store.asking import asking, is_missing
from adfw_plugins.mlflow_store.tags import DIGEST, alias_note, figures, read_version, version_tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow import MlflowClient

ARTEFACT = "detector"
PAGE = 1000
TAKEN = "RESOURCE_ALREADY_EXISTS"


class MlflowStore(Store):
    """The models, versions and aliases of one MLflow server that were published by adfw; others are left alone."""

    traits = StoreTraits(compare_and_swap=False, concurrent=True)

    def __init__(self, uri: str, experiment: str) -> None:
        self.uri, self.experiment = uri, experiment

    def publish(self, package: Path, name: str) -> Version:
        """Upload a package and register it as a model version; a run without version is all that a crash leaves."""
        check_name(name)
        with tempfile.TemporaryDirectory(prefix="adfw-") as place, asking(self.uri) as client:
            staged = Path(place)
            digest, size = copy_package(package, staged)
            self._register(client, name)
            run = client.create_run(self._experiment(client), run_name=name, tags={DIGEST: digest}).info.run_id
            try:
                client.log_artifacts(run, place, ARTEFACT)
                for key, value in figures(staged).items():
                    client.log_metric(run, key, value)
                tags = version_tags(staged, digest, size)
                source = f"runs:/{run}/{ARTEFACT}"
                made = client.create_model_version(
                    name, source, run, tags=tags, description=f"adfw detector {digest}", await_creation_for=0
                )
            except BaseException:
                with suppress(Exception):  # a server that went away hears of nothing any more
                    _end(client, run, "FAILED")
                raise
            _end(client, run, "FINISHED")
            return self._known(made, {})

    def fetch(self, version: Version, folder: Path) -> None:
        """Download a version's package into an empty folder."""
        with tempfile.TemporaryDirectory(prefix="adfw-") as place, asking(self.uri) as client:
            run = str(client.get_model_version(version.name, str(version.number)).run_id)
            downloaded = client.download_artifacts(run, ARTEFACT, place)
            shutil.copytree(downloaded, folder, dirs_exist_ok=True)

    def models(self) -> Sequence[ModelRecord]:
        """Return all models with a version published by adfw, by name."""
        with asking(self.uri) as client:
            names = sorted(model.name for model in _all(client.search_registered_models))
            found = [self._versions(client, name) for name in names]
        return [ModelRecord.of(versions) for versions in found if versions]

    def versions(self, name: str) -> Sequence[Version]:
        """Return a model's versions that were published by adfw, the newest first."""
        with asking(self.uri) as client:
            try:
                found = self._versions(client, check_name(name))
            except Exception as error:
                if not is_missing(error):
                    raise
                found = []
        if not found:
            raise RegistryError(f"there is no model {name!r} of adfw in {self.uri}")
        return found

    def set_alias(self, version: Version, alias: str, *, why: str = "", expect: int | str | None = "any") -> None:
        """Point an alias at a version; MLflow compares nothing, so who sets it at the same moment goes unnoticed."""
        with asking(self.uri) as client:
            client.get_model_version(version.name, str(version.number))
            before = self._aliases(client, version.name).get(check_alias(alias))
            if expect not in {"any", before}:
                raise RegistryError(
                    f"{version.name}@{alias} points at {before}, not at {expect}; look and decide again"
                )
            client.set_registered_model_alias(version.name, alias, str(version.number))
            self._note(client, version.name, alias, f"{version.number}, before {before}", why)

    def remove_alias(self, name: str, alias: str, *, why: str = "") -> None:
        """Remove an alias; raises RegistryError if there is none."""
        with asking(self.uri) as client:
            before = self._aliases(client, check_name(name)).get(check_alias(alias))
            if before is None:
                raise RegistryError(f"{name} has no alias {alias!r} in {self.uri}")
            client.delete_registered_model_alias(name, alias)
            self._note(client, name, alias, f"removed, before {before}", why)

    def _versions(self, client: MlflowClient, name: str) -> list[Version]:
        pointing = self._aliases(client, name)
        found = _all(client.search_model_versions, filter_string=f"name='{name}'")
        known = [self._known(one, pointing) for one in found if DIGEST in one.tags]
        return sorted(known, key=lambda version: -version.number)

    def _known(self, found: Any, pointing: Mapping[str, int]) -> Version:
        number = int(found.version)
        aliases = tuple(sorted(alias for alias, target in pointing.items() if target == number))
        return read_version(found.name, number, found.tags, aliases)

    def _aliases(self, client: MlflowClient, name: str) -> dict[str, int]:
        return {alias: int(number) for alias, number in client.get_registered_model(name).aliases.items()}

    def _note(self, client: MlflowClient, name: str, alias: str, what: str, why: str) -> None:
        """Tag the model with the last change of an alias: MLflow has no place for a reason, and keeps no history."""
        client.set_registered_model_tag(name, f"adfw.alias.{alias}", alias_note(what, why))

    def _register(self, client: MlflowClient, name: str) -> None:
        try:
            client.create_registered_model(name)
        except Exception as error:
            if getattr(error, "error_code", "") != TAKEN:
                raise

    def _experiment(self, client: MlflowClient) -> str:
        found = client.get_experiment_by_name(self.experiment)
        if found is None:
            try:
                return str(client.create_experiment(self.experiment))
            except Exception as error:
                if getattr(error, "error_code", "") != TAKEN:
                    raise
                found = client.get_experiment_by_name(self.experiment)  # another client was quicker
        if found is None or found.lifecycle_stage != "active":
            raise RegistryError(f"{self.uri}: the experiment {self.experiment!r} was deleted; restore it in MLflow")
        return str(found.experiment_id)


def _end(client: MlflowClient, run: str, status: str) -> None:
    """End a run; what MLflow prints of it goes to standard error, for standard output belongs to the verb."""
    with redirect_stdout(sys.stderr):
        client.set_terminated(run, status)


def _all(search: Any, **what: Any) -> list[Any]:
    """Return the results of a search from all its pages."""
    found: list[Any] = []
    token = None
    while True:
        page = search(**what, max_results=PAGE, page_token=token)
        found += page
        token = page.token
        if not token:
            return found
