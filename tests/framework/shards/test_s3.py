"""Images from, and tables to, an object store that speaks S3 over HTTP."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

import adfw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return a bucket of a server on loopback."""
    pytest.importorskip("s3fs")
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().makedirs("parts", exist_ok=True)
    yield "s3://parts"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_shards_are_read_from_and_written_to_s3(detector: Path, images: Path, tmp_path: Path, bucket: str) -> None:
    import s3fs

    store = s3fs.S3FileSystem()
    for path in sorted(images.iterdir()):
        store.pipe_file(f"parts/line 1/{path.name}", path.read_bytes())
    out = f"{bucket}/out"
    found = adfw.inspect_shards(detector, [f"{bucket}/line 1"], out=out, executor="local", shard=8)
    assert not found.faults
    local = adfw.inspect_shards(detector, [str(images)], out=str(tmp_path), executor="local", shard=8)
    assert found.counts == local.counts
    for remote, beside in zip(found.tables, local.tables, strict=True):
        ours = list(csv.DictReader(store.cat_file(remote).decode().splitlines()))
        with open(beside, encoding="utf-8") as stream:
            theirs = list(csv.DictReader(stream))
        assert [row["score"] for row in ours] == [row["score"] for row in theirs]
        assert all(row["path"].startswith("s3://parts/line 1/") for row in ours)
    names = sorted(path.rpartition("/")[2] for path in store.find("parts/out"))
    assert names == ["job.json", *(f"part-{n:05d}-of-00003.csv" for n in range(3)), "summary.json"]
    store.rm(found.tables[1])
    told: list[str] = []
    adfw.inspect_shards(detector, [f"{bucket}/line 1"], out=out, executor="local", shard=8, told=told.append)
    assert told[0] == "2 of 3 shards are there already"
    assert len(told) == 2


def test_what_is_missing_is_a_row_and_a_bucket_that_is_missing_a_sentence(
    detector: Path, tmp_path: Path, bucket: str
) -> None:
    found = adfw.inspect_shards(detector, [f"{bucket}/gone.png"], out=str(tmp_path / "out"), executor="local")
    assert found.counts == {"invalid": 1}
    with pytest.raises(adfw.AdfwError, match="nowhere"):
        adfw.inspect_shards(detector, [f"{bucket}/gone.png"], out="s3://nowhere/out", executor="local")
