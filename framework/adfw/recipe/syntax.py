"""What the YAML parser could not read, in words a reader of recipes understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError

REMEDIES = {
    "found character '\\t'": "a tab indents this line; indent with spaces",
    "mapping values are not allowed": "a second ': ' in one line, or an indent too deep; quote the text or move it",
    "could not find expected ':'": "a key without ': ' after it; write a space after the colon",
    "found unexpected end of stream": "a quote is not closed; add it",
    "but found '<document start>'": "this line is indented less than the ones before it; align its keys",
    "expected '<document start>'": "this line is indented less than the ones before it; align its keys",
    "expected <block end>": "this line does not fit the ones before it; align its keys, or give each its own `- `",
    "expected ',' or ']'": "a list is not closed; add ]",
    "expected ',' or '}'": "a mapping is not closed; add }",
    "but found '<stream end>'": "a bracket is not closed; add it",
    "that cannot start any token": "this character must be quoted; write 'text' in quotes",
    "unknown escape": "a backslash in double quotes; write the text in single quotes",
}


def syntax_fault(error: MarkedYAMLError, text: str, source: str) -> str:
    """Return the sentence for a syntax error, with the line that holds its cause."""
    problem = error.problem or "is not YAML"
    begins_above = "could not find expected ':'" in problem or "end of stream" in problem or "but got" in problem
    mark = error.context_mark if begins_above and error.context_mark else error.problem_mark
    if mark is None:
        return f"{source}: is not YAML: {problem}"
    lines = text.splitlines()
    shown = lines[mark.line].strip() if mark.line < len(lines) else "the end of the file"
    remedy = next((words for begin, words in REMEDIES.items() if begin in problem), "")
    return f"{source}:{mark.line + 1}: {remedy or problem} (column {mark.column + 1}: {shown[:60]!r})"
