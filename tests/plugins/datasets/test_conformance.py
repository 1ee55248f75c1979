"""The built-in datasets pass the public kit, in the way a stranger's do."""

from __future__ import annotations

import pytest

from adfw.testing import check_plugin
from adfw_plugins.datasets import CapsulesConfig, FolderConfig, MvtecConfig


@pytest.mark.parametrize("config", [CapsulesConfig, FolderConfig, MvtecConfig])
def test_conforms(config, tmp_path):
    examples = config.conformance_examples(tmp_path)
    assert examples
    for example in examples:
        report = check_plugin(example)
        assert not report.failed, report.failed
