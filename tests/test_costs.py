"""nnanim describe: parameters and multiply-adds, counted from the trace, are those that torch counts."""

from __future__ import annotations

import json

import pytest
import torch
from click.testing import CliRunner
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from nnanim import record
from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.trace.costs import count_costs

pytest.importorskip("transformers")
pytest.importorskip("diffusers")
import zoo_by_hand  # noqa: F401
import zoo_of_libraries  # noqa: F401
from zoo import ZOO

UNCOUNTED = {"bilstm", "gru_states", "packed"}
"""torch's counter knows no recurrent layers on a CPU."""

UNSEEN = {"partial_conv"}
"""A kernel that is a plain tensor in forward has no shape in the trace."""

NORMED = {"wav2vec2"}
"""A weight that is computed from two others (weight_norm) stands in the trace, too."""


@pytest.mark.parametrize("name", ZOO)
def test_counts_are_those_of_torch(name: str) -> None:
    net, given, named = ZOO[name].build()
    whole = count_costs(record(net, *given, seed=3, **named))[0]
    # Fused attention on a CPU is not in torch's counter, so it is written out.
    torch.manual_seed(3)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        net(*given, **named)
    if name not in UNCOUNTED | UNSEEN:
        assert whole.operations == counter.get_total_flops() // 2  # a multiply-add is two operations there
    if name not in NORMED:
        assert whole.parameters == sum(one.numel() for one in net.parameters())


def test_modules_that_are_alike_are_one_line_and_depth_closes_them() -> None:
    net = torch.nn.Sequential(
        *(torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU()) for _ in range(11))
    )
    trace = record(net, torch.ones(1, 4))
    rows = count_costs(trace, fold=True)
    assert [(row.kind, row.times) for row in rows] == [
        ("model", 1), ("Sequential", 11), ("Linear", 1), ("ReLU", 1),
    ]  # fmt: skip
    assert rows[1].parameters == 11 * 20 and rows[1].operations == 11 * 16
    assert len(count_costs(trace, depth=1)) == 12
    assert "0–10 × 11" in trace.table(depth=1)
    with pytest.raises(UserError, match="depth=0"):
        trace.table(depth=0)


def test_the_command_prints_a_table_or_json(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(
        "from torch import nn\n"
        "net = nn.Sequential(*(nn.Sequential(nn.Linear(4, 4), nn.ReLU()) for _ in range(60)))\n"
    )
    said = CliRunner().invoke(main, ["describe", "my.py:net", "--shape", "2,4"])
    assert said.exit_code == 0 and "× 60" in said.output and len(said.output.splitlines()) < 10
    assert "--all" in said.output
    every = CliRunner().invoke(main, ["describe", "my.py:net", "--shape", "2,4", "--all"])
    assert len(every.output.splitlines()) == 182
    plain = CliRunner().invoke(main, ["describe", "my.py:net", "--shape", "2,4", "--json", "--depth", "1"])
    assert [row["parameters"] for row in json.loads(plain.output)][:2] == [1200, 20]
    wrong = CliRunner().invoke(main, ["describe", "my.py:net"])
    assert wrong.exit_code == 2 and len(wrong.output.strip().splitlines()) == 1
