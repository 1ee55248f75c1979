"""Does one task in this process; whatever goes wrong becomes its result."""

from __future__ import annotations

import os
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any

from adfw.errors import AdfwError
from adfw.interfaces import TaskResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adfw.interfaces import Task

WORKS = {"run": "adfw.sweeping.working", "inspect": "adfw.shards.working"}


def perform(task: Task) -> TaskResult:
    """Do a task here and return its result; a fault is a sentence in it, with the traceback where nobody foresaw it."""
    try:
        work = probe if task.work == "probe" else import_module(WORKS[task.work]).work
        return TaskResult(task.key, values=work(**task.arguments))
    except AdfwError as error:
        return TaskResult(task.key, str(error))
    except Exception as error:  # one task stops no other, whatever it raises
        sentence = f"{type(error).__name__}: {' '.join(str(error).split()) or 'no message'}"
        return TaskResult(task.key, sentence, {"traceback": traceback.format_exc()})


def probe(*, fail: str = "", leave: int | None = None, **echo: object) -> Mapping[str, Any]:
    """Tell the process's number and what was asked; fail with a sentence, or end the process, where that is asked."""
    if leave is not None:
        os._exit(leave)
    if fail:
        raise ValueError(fail)
    return {"pid": os.getpid(), **echo}
