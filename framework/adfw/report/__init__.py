"""The report of a run: document (JSON), terminal, self-contained HTML."""
