"""Nothing that a sink has not taken is lost: not while the receiver is away, and not over our own end."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from adfw import RunError, Sink
from adfw.serving import delivery as module
from adfw.serving.delivery import Delivery
from adfw.serving.spool import Spool


class Receiver(Sink):
    def __init__(self) -> None:
        self.away, self.taken, self.tries = threading.Event(), [], 0

    def deliver(self, verdicts):
        self.tries += 1
        if self.away.is_set():
            raise ConnectionError("nobody is there")
        self.taken += [verdict["number"] for verdict in verdicts]


def wait_for(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_verdicts_wait_in_order_until_the_receiver_is_back(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    receiver = Receiver()
    receiver.away.set()
    delivery = Delivery("test", receiver, Spool(tmp_path / "a.sqlite"))
    delivery.start()
    for number in range(250):
        delivery.spool.put([{"number": number}])
    wait_for(lambda: receiver.tries >= 3)
    assert delivery.fault == "ConnectionError: nobody is there"
    assert len(delivery.spool) == 250
    receiver.away.clear()
    wait_for(lambda: len(delivery.spool) == 0)
    assert receiver.taken == list(range(250))
    assert delivery.fault == ""
    delivery.close()


def test_what_was_not_delivered_is_there_after_a_restart(tmp_path) -> None:
    receiver = Receiver()
    receiver.away.set()
    first = Delivery("test", receiver, Spool(tmp_path / "a.sqlite"))
    first.start()
    first.spool.put([{"number": 1}, {"number": 2}])
    wait_for(lambda: receiver.tries)
    first.close()
    receiver.away.clear()
    second = Delivery("test", receiver, Spool(tmp_path / "a.sqlite"))
    assert len(second.spool) == 2
    second.start()
    second.close()
    assert receiver.taken == [1, 2]
    assert len(Spool(tmp_path / "a.sqlite")) == 0


def test_a_spool_that_cannot_be_written_is_an_error(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="no spool that can be written"):
        Spool(tmp_path / "file" / "a.sqlite")
    spool = Spool(tmp_path / "a.sqlite")
    spool._database.execute("DROP TABLE waiting")
    with pytest.raises(sqlite3.Error):
        spool.put([{"number": 1}])
    assert len(spool) == 0
