"""Sinks: where the verdicts of the inspection service go."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Literal

from pydantic import Field, HttpUrl

from adfw import Component, Sink, hookimpl

Seconds = Annotated[float, Field(gt=0, le=300, description="seconds after which the receiver counts as away")]


class FolderConfig(Component[Sink]):
    """One JSON file for each verdict, which appears whole, under its number, part and verdict."""

    name: Literal["folder"] = "folder"
    root: Annotated[Path, Field(description="the folder to write into; made if it is missing", examples=["verdicts"])]

    def build(self) -> Sink:
        """Make the sink."""
        from adfw_plugins.sinks.folder import FolderSink

        return FolderSink(self.root)


class WebhookConfig(Component[Sink]):
    """Posts verdicts as JSON, `{"verdicts": [...]}`, to an address; any answer but 2xx means they come again.

    With `token_variable`, the value of that environment variable is sent as a bearer token, so that no secret stands
    in a configuration.
    """

    name: Literal["webhook"] = "webhook"
    url: Annotated[HttpUrl, Field(description="http or https", examples=["http://127.0.0.1:9000/verdicts"])]
    timeout: Seconds = 10.0
    token_variable: Annotated[str, Field(description="environment variable that holds a token")] = ""

    def build(self) -> Sink:
        """Make the sink."""
        from adfw_plugins.sinks.webhook import WebhookSink

        return WebhookSink(str(self.url), self.timeout, self.token_variable)


class MqttConfig(Component[Sink]):
    """Publishes each verdict as JSON with MQTT 5, at least once (QoS 1); needs `adfw[mqtt]`.

    `{detector}` and `{verdict}` in the topic are filled in. User name and password come from the environment variables
    ADFW_MQTT_USER and ADFW_MQTT_PASSWORD.
    """

    name: Literal["mqtt"] = "mqtt"
    host: Annotated[str, Field(description="the broker", examples=["127.0.0.1"])]
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    topic: Annotated[str, Field(min_length=1, description="may hold {detector} and {verdict}")] = (
        "adfw/{detector}/{verdict}"
    )
    tls: Annotated[bool, Field(description="encrypt, and check the broker's certificate")] = False
    timeout: Seconds = 10.0

    def build(self) -> Sink:
        """Make the sink."""
        from adfw_plugins.sinks.mqtt import Broker, MqttSink

        return MqttSink(Broker(self.host, self.port, self.tls), self.topic, self.timeout)


@hookimpl
def adfw_sinks() -> list[type[Component[Sink]]]:
    """Return the sinks."""
    return [FolderConfig, WebhookConfig, MqttConfig]
