"""Verdicts over MQTT."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from adfw import PluginError, Sink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paho.mqtt.client import Client

AT_LEAST_ONCE = 1


class Broker(NamedTuple):
    """Where the broker is."""

    host: str
    port: int
    tls: bool


class MqttSink(Sink):
    """Publishes each verdict and waits until the broker has acknowledged all of them."""

    def __init__(self, broker: Broker, topic: str, timeout: float) -> None:
        try:
            import paho.mqtt.client  # noqa: F401
        except ImportError as error:
            raise PluginError("the sink mqtt needs paho-mqtt: pip install 'adfw[mqtt]'") from error
        self.broker, self.topic, self.timeout = broker, topic, timeout
        self._client: Client | None = None

    def deliver(self, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """Publish; raises OSError or RuntimeError unless the broker takes all verdicts in time."""
        client = self._connected()
        try:
            sent = [
                client.publish(
                    self.topic.format(detector=verdict["detector"], verdict=verdict["verdict"]),
                    json.dumps(verdict),
                    qos=AT_LEAST_ONCE,
                )
                for verdict in verdicts
            ]
            end = time.monotonic() + self.timeout
            for message in sent:
                message.wait_for_publish(max(0.0, end - time.monotonic()))
                if not message.is_published():
                    raise TimeoutError(f"{self.broker.host}:{self.broker.port} did not acknowledge in time")
        except BaseException:
            self.close()  # what was not acknowledged is published anew, over a new connection
            raise

    def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def _connected(self) -> Client:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        if self._client is not None and self._client.is_connected():
            return self._client
        self.close()
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.connect_timeout = self.timeout
        if user := os.environ.get("ADFW_MQTT_USER"):
            client.username_pw_set(user, os.environ.get("ADFW_MQTT_PASSWORD"))
        if self.broker.tls:
            client.tls_set()
        client.connect(self.broker.host, self.broker.port)
        client.loop_start()
        self._client = client
        end = time.monotonic() + self.timeout
        while not client.is_connected():
            if time.monotonic() > end:
                self.close()
                raise TimeoutError(f"{self.broker.host}:{self.broker.port} did not accept the connection in time")
            time.sleep(0.01)
        return client
