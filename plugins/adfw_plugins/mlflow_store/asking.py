"""A client of MLflow's server whose faults are sentences, and which notices soon that there is no server."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adfw import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient

PATIENCE = 5.0
PORTS = {"http": 80, "https": 443}


@contextmanager
def asking(uri: str) -> Iterator[MlflowClient]:
    """Give a client of the server; raises RegistryError for what it refuses, and where it does not answer."""
    _knock(uri)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException

    try:
        yield MlflowClient(tracking_uri=uri, registry_uri=uri)
    except MlflowException as error:
        raise RegistryError(f"{uri}: {' '.join(str(error).split())}") from error
    except RequestException as error:
        raise RegistryError(f"{uri}: does not answer ({error}); is this MLflow's server?") from error
    except OSError as error:
        raise RegistryError(f"{uri}: files cannot be copied ({error.strerror or error}); make room") from error


def is_missing(error: Exception) -> bool:
    """Tell whether MLflow says that something does not exist."""
    return getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST"


def _knock(uri: str) -> None:
    """Raise RegistryError where nobody listens; MLflow itself would try again for minutes."""
    place = urlsplit(uri)
    if place.scheme not in PORTS or not place.hostname:
        return
    try:
        socket.create_connection((place.hostname, place.port or PORTS[place.scheme]), PATIENCE).close()
    except OSError as error:
        raise RegistryError(f"{uri}: nobody answers there ({error}); start MLflow's server, or correct it") from error
