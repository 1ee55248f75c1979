"""`adfw serve DETECTOR...`: verdicts over HTTP."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(add_completion=False, rich_markup_mode=None)
NEEDED = ("fastapi", "uvicorn", "httptools", "prometheus_client", "python_multipart")


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - options of a verb
    detectors: Annotated[
        list[str], typer.Argument(help="name@alias (followed when it moves), name:7, name@sha256:... or a folder.")
    ],
    host: Annotated[str, typer.Option(help="The address to listen at; others than loopback ask for a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8321,
    token: Annotated[
        str, typer.Option(envvar="ADFW_SERVE_TOKEN", help="Clients must send it as Authorization: Bearer TOKEN.")
    ] = "",
    shadow: Annotated[str | None, typer.Option(help="A detector whose scores are only logged.")] = None,
    sink: Annotated[
        list[str] | None, typer.Option(help="Where verdicts go, as YAML, e.g. '{name: folder, root: verdicts}'.")
    ] = None,
    audit: Annotated[Path | None, typer.Option(help="The log, JSON lines; in ADFW_HOME/service by default.")] = None,
    fsync: Annotated[
        Literal["always", "interval", "never"],
        typer.Option(help="When the log reaches the disk: before each answer, within a second, or some time."),
    ] = "interval",
    spool: Annotated[Path | None, typer.Option(help="The folder of what sinks have not taken; beside the log.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mps.")] = "cpu",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads of a detector; torch's choice.")] = None,
    batch: Annotated[int, typer.Option(min=1, help="Most images scored together.")] = 8,
    queue: Annotated[int, typer.Option(min=1, help="Most images that wait for a detector.")] = 64,
    max_mib: Annotated[float, typer.Option(min=0.001, help="Most MiB of a request's body.")] = 32.0,
    max_megapixels: Annotated[float, typer.Option(min=0.001, help="Most megapixels of an image.")] = 25.0,
    max_images: Annotated[int, typer.Option(min=1, help="Most images of a batch request.")] = 32,
    drain: Annotated[float, typer.Option(min=0, help="Seconds to finish in when told to end.")] = 20.0,
    poll: Annotated[float, typer.Option(min=0.05, help="Seconds between looks at where aliases point.")] = 2.0,
    check: Annotated[float, typer.Option(min=0.1, help="Seconds between checks of digest and golden images.")] = 60.0,
) -> None:
    """Serve detectors over HTTP: verdicts, a page, metrics and an audit log."""
    from adfw.errors import RecipeError
    from adfw.registry.location import registry_root

    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise RecipeError([f"`adfw serve` needs {', '.join(missing)}: pip install 'adfw[serve]'"])
    if host not in {"127.0.0.1", "localhost", "::1"} and not token:
        raise RecipeError([f"--host {host}: others can reach it; set a token in ADFW_SERVE_TOKEN"])
    from adfw.serving.configuring import read_sinks
    from adfw.serving.server import Offer
    from adfw.serving.server import serve as run
    from adfw.serving.settings import Settings

    log = registry_root().parent / "service" / "audit.jsonl" if audit is None else audit
    settings = Settings(
        audit=log,
        spool=log.parent / "spool" if spool is None else spool,
        host=host,
        port=port,
        token=token,
        device=device,
        threads=threads,
        batch=batch,
        queue=queue,
        max_bytes=int(max_mib * (1 << 20)),
        max_pixels=int(max_megapixels * 1_000_000),
        max_images=max_images,
        drain_seconds=drain,
        poll_seconds=poll,
        check_seconds=check,
        fsync=fsync,
    )
    offer = Offer(detectors, shadow, read_sinks(sink or ()))
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(offer, settings, announce=_announce))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's, which answers sooner, where there is one: not on Windows."""
    if find_spec("uvloop") is None:
        return None
    import uvloop

    return uvloop.new_event_loop


def _announce(address: str, service: object) -> None:
    from adfw.serving.service import Service

    assert isinstance(service, Service)
    for station in service.stations.values():
        package = station.worker.package
        print(f"{package}  {package.digest}", flush=True)
    print(f"audit log: {service.settings.audit}", flush=True)
    print(f"listening at {address} (Ctrl-C ends it)", flush=True)
