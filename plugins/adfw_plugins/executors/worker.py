"""The other end of the local executor: reads tasks as lines of JSON, does them, and answers each with a line.

What a task prints goes to standard error, so that it cannot be taken for an answer.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict

from adfw import Task, perform


def main() -> None:
    """Do the tasks on standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(asdict(perform(Task(**json.loads(line))))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
