"""The store on MLflow, against a real server."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from adfw import DetectorError, Reference, Registry, RegistryError, open_store
from adfw.cli import main
from adfw.manifest import verify_manifest, write_manifest
from adfw.registry.opening import package_folder, transfer
from adfw.testing import check_plugin
from adfw_plugins.mlflow_store import MlflowConfig

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow import MlflowClient

    from adfw import Store

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # MLflow and what it imports warn of one another
]
FIGURE = {"value": 0.87, "low": 0.8, "high": 0.91}


@pytest.fixture
def store(server: str) -> Store:
    return open_store(f"mlflow:{server}")


@pytest.fixture
def client(server: str) -> MlflowClient:
    from mlflow import MlflowClient

    return MlflowClient(server)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The registry of this machine, empty."""
    monkeypatch.setenv("ADFW_HOME", str(tmp_path / "home"))
    return Registry()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    (folder / "golden").mkdir(parents=True)
    (folder / "golden" / "0.png").write_bytes(b"\x89PNG")
    scorer = {"label": "mse", "ranking": {"auroc": FIGURE}, "localisation": {}, "strategies": []}
    metrics = {"summary": {"scorer": "mse", "auroc": FIGURE}, "scorers": [scorer]}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "model.json").write_text("{}")
    write_manifest(folder)
    return folder


def test_it_conforms(server: str) -> None:
    report = check_plugin(MlflowConfig(uri=server, experiment="kit"), profile="quick")
    assert not report.failed, report.failed


def test_a_version_is_seen_in_mlflow(
    store: Store, client: MlflowClient, registry: Registry, package: Path, server: str
) -> None:
    local = registry.publish(package, "capsule")
    pushed = transfer(registry, store, "capsule")
    store.set_alias(pushed, "champion", why="fewer alarms")
    found = client.get_model_version_by_alias("capsule", "champion")
    assert (int(found.version), found.tags["adfw.digest"]) == (pushed.number, local.digest)
    assert found.tags["adfw.scorer"] == "mse"
    run = client.get_run(found.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"auroc": 0.87, "auroc_low": 0.8, "auroc_high": 0.91}
    listed = {one.path for one in client.list_artifacts(found.run_id, "detector")}
    assert listed == {f"detector/{name}" for name in ("golden", "manifest.json", "metrics.json", "model.json")}
    assert "fewer alarms" in client.get_registered_model("capsule").tags["adfw.alias.champion"]
    (record,) = [one for one in store.models() if one.name == "capsule"]
    assert record.summary["auroc"] == FIGURE
    assert transfer(registry, store, "capsule") == store.versions("capsule")[0]  # once is enough


def test_push_and_pull_by_command(
    server: str, registry: Registry, package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = registry.publish(package, "screw").digest
    where = f"mlflow:{server}"
    assert main(["models", "push", "screw:1", "--to", where]) == 0
    assert main(["models", "alias", "screw:1", "line3", "--store", where, "--expect", "none"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"screw:1 in {where}  {digest}\nscrew@line3 is screw:1\n"
    assert "a change in between goes unnoticed" in captured.err
    monkeypatch.setenv("ADFW_HOME", str(package.parent / "plant"))
    assert main(["models", "pull", "screw@line3", "--from", where]) == 0
    assert Registry().resolve("screw").digest == digest
    assert verify_manifest(Registry().folder(Registry().resolve("screw"))) == digest
    monkeypatch.setenv("ADFW_STORE", where)
    for words in (["list"], ["list", "screw"], ["show", "screw@line3"], ["compare", "screw"], ["verify", "screw"]):
        assert main(["models", *words]) == 0, words
    assert "0.870 (0.800 to 0.910)" in capsys.readouterr().out
    for words in (["rollback", "screw@line3"], ["gc"], ["yank", "screw", "--why", "x"]):
        assert main(["models", *words]) == 2
        assert "works on the embedded store only" in capsys.readouterr().err


def test_what_was_changed_on_the_server_is_not_pulled(
    store: Store, client: MlflowClient, registry: Registry, package: Path, tmp_path: Path
) -> None:
    version = store.publish(package, "tampered")
    changed = tmp_path / "model.json"
    changed.write_text('{"else": 1}')
    run = client.get_model_version("tampered", "1").run_id
    client.log_artifact(run, str(changed), "detector")
    with pytest.raises(DetectorError, match=r"model\.json is damaged"):
        transfer(store, registry, "tampered")
    with pytest.raises(DetectorError, match=r"model\.json is damaged"):
        package_folder(store, version)
    write_manifest_of(client, run, package, changed, tmp_path)
    with pytest.raises(DetectorError, match="it was exchanged"):
        transfer(store, registry, "tampered")
    assert registry.models() == []
    assert main(["models", "verify", "tampered", "--store", f"mlflow:{store.uri}"]) == 2


def write_manifest_of(client: MlflowClient, run: str, package: Path, changed: Path, place: Path) -> None:
    """Upload the manifest that fits the changed file, as a careful attacker would."""
    (package / "model.json").write_bytes(changed.read_bytes())
    write_manifest(package)
    client.log_artifact(run, str(package / "manifest.json"), "detector")


def test_a_package_is_fetched_once_for_many_inspections(store: Store, registry: Registry, package: Path) -> None:
    version = store.publish(package, "often")
    first = package_folder(store, version)
    assert verify_manifest(first) == version.digest

    class Unreachable(type(store)):
        def fetch(self, version: object, folder: Path) -> None:
            raise AssertionError("it is here already")

    assert package_folder(Unreachable(store.uri, store.experiment), version) == first


def test_versions_of_others_are_left_alone(store: Store, client: MlflowClient, package: Path) -> None:
    client.create_registered_model("foreign")
    run = client.create_run(client.create_experiment("foreign")).info.run_id
    client.create_model_version("foreign", f"runs:/{run}/model", run, await_creation_for=0)
    with pytest.raises(RegistryError, match="no model 'foreign' of adfw"):
        store.versions("foreign")
    assert "foreign" not in {record.name for record in store.models()}
    assert store.publish(package, "foreign").number == 2
    with pytest.raises(RegistryError, match="there is no foreign:1; the newest is foreign:2"):
        store.resolve(Reference("foreign", version=1))


def test_a_failed_upload_leaves_no_version(
    store: Store, client: MlflowClient, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient as Client

    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Client, "log_artifacts", broken)
        with pytest.raises(RegistryError, match="No space left"):
            store.publish(package, "unlucky")
    with pytest.raises(RegistryError, match="no model 'unlucky'"):
        store.versions("unlucky")
    assert store.publish(package, "unlucky").number == 1


def test_nobody_there_is_said_at_once() -> None:
    pytest.importorskip("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RegistryError, match="nobody answers there"):
        open_store(f"mlflow:http://127.0.0.1:{port}").models()
