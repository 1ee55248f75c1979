"""The kit as pytest parameters: one test for each component and check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from adfw.testing.check import Check, Subject
from adfw.testing.kit import expected_failures_of, required

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

ExpectedFailures = Mapping[str, str] | Callable[[Any], Mapping[str, str]]


def parametrize_with_checks(
    components: Iterable[Any], *, expected_failures: ExpectedFailures | None = None, profile: str = "ci"
) -> pytest.MarkDecorator:
    """Parametrize a test of one argument, `check`, which it calls without arguments.

        @parametrize_with_checks([SsimConfig(), SsimConfig(pooling="max")])
        def test_conforms(check):
            check()

    `expected_failures` maps checks to the reason why they fail, or is a function of the component that returns such a
    mapping; these become strict xfails, so that one that comes to hold is noticed.
    """
    import pytest

    parameters = []
    for component in components:
        subject = Subject(component)
        given = expected_failures(component) if callable(expected_failures) else expected_failures
        expected = expected_failures_of(subject, given)
        for check in required(subject):
            marks = [pytest.mark.xfail(reason=expected[check.name], strict=True)] if check.name in expected else []
            run = Run(check, subject, profile)
            parameters.append(pytest.param(run, id=f"{subject.label}-{check.name}", marks=marks))
    return pytest.mark.parametrize("check", parameters)


class Run:
    """One check of one component, ready to be called."""

    def __init__(self, check: Check, subject: Subject, profile: str) -> None:
        self.check, self.subject, self.profile = check, subject, profile

    def __call__(self) -> None:
        """Run the check; raises Failure, an AssertionError, with the smallest example that breaks it."""
        self.check.run(self.subject, self.profile)
