"""record(), Tap and Recorder: what is kept, what it costs, how it fails."""

from __future__ import annotations

import gc
import math
import weakref
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from packaging.version import Version
from torch import Tensor, nn

import nnanim.recording.state
from nnanim.errors import UserError
from nnanim.recording import ModelRaised, Recorder, Tap, attention, record
from nnanim.recording.attention import weights
from nnanim.trace import Trace

X = torch.linspace(-1, 1, 12).reshape(3, 4)
SENTENCES = torch.arange(2 * 5 * 8).reshape(2, 5, 8).mul(0.7).sin()


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.act, self.out = nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.act(self.hidden(x)))


class Broken(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.hidden(x)[:, :5])


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_what_a_trace_of_a_model_holds():
    net = Net()
    trace = record(net, X, seed=7)
    assert trace.names == ("input", "hidden", "act", "out", "output")
    assert trace.axes("hidden") == ("sample", "unit")
    assert [node.kind for node in trace.graph] == ["input", "Linear", "ReLU", "Linear", "output"]
    np.testing.assert_array_equal(trace.parameters["hidden.weight"], net.hidden.weight.detach().numpy())
    with pytest.raises(UserError, match="nothing was recorded under 'hiden'; nearest: 'hidden'"):
        trace["hiden"]
    told = trace.provenance
    assert told["model"] == "Net" and told["parameters"] == 44 and told["seed"] == 7
    assert told["computed_with"] == "torch" and told["versions"]["torch"] == torch.__version__
    assert len(told["weights"]) == len(told["inputs"]) == 16
    assert record(net, X, name="my net").provenance["model"] == "my net"


def test_checksums_follow_weights_and_inputs():
    net = Net()
    one, two = record(net, X).provenance, record(net, X).provenance
    assert one == two
    assert record(net, X + 1).provenance["weights"] == one["weights"]
    assert record(net, X + 1).provenance["inputs"] != one["inputs"]
    with torch.no_grad():
        net.hidden.bias += 1
    assert record(net, X).provenance["weights"] != one["weights"]


def test_recording_twice_gives_equal_traces(tmp_path):
    net = Net()
    one, two = record(net, X), record(net, X)
    assert one == two
    one.save(tmp_path / "run.safetensors")
    assert Trace.load(tmp_path / "run.safetensors") == two
    assert record(net, X + 1) != one


def test_a_trace_does_not_follow_later_training():
    net = Net()
    trace = record(net, X)
    before = net.hidden.weight.detach().clone()
    with torch.no_grad():
        net.hidden.weight.zero_()
        net.hidden.weight.data.add_(1)
    np.testing.assert_array_equal(trace.parameters["hidden.weight"], before.numpy())


def test_the_weights_of_a_big_model_are_refused_after_training(monkeypatch):
    monkeypatch.setattr(nnanim.recording.state, "MAX_COPIED", 10)
    net = Net()
    early, late = record(net, X), record(net, X)
    before = early.parameters["hidden.weight"].copy()
    with torch.no_grad():
        net.hidden.weight += 1
    np.testing.assert_array_equal(early.parameters["hidden.weight"], before)
    with pytest.raises(UserError, match=r"'hidden.weight' has changed since the recording"):
        late.parameters["hidden.weight"]


def test_numpy_inputs_take_the_models_type():
    net = Net().double()
    trace = record(net, X.numpy())
    assert trace["input"].dtype == np.float64
    np.testing.assert_allclose(trace["output"], net(X.double()).detach().numpy())
    words = record(nn.Embedding(5, 3), np.array([[0, 1], [4, 2]]))
    assert words["input"].dtype == np.int64 and words["output"].shape == (2, 2, 3)


def test_inputs_and_outputs_are_named_by_place_and_keyword():
    class Two(nn.Module):
        def forward(self, x: Tensor, more: list[Tensor], *, mask: Tensor) -> dict[str, Tensor]:
            return {"sum": x + more[0], "masked": x * mask}

    trace = record(Two(), X, [X * 2], mask=X > 0)
    assert set(trace.names) == {
        "input",
        "input[1][0]",
        "input[mask]",
        "add",
        "mul",
        "output",
        "output[masked]",
    }
    np.testing.assert_array_equal(trace["output[sum]"], trace["output"])
    assert "output[sum]" in trace and trace.axes("output[sum]") == ("sample", "unit")


@pytest.mark.parametrize("at", [0, (0,)])
def test_contributions_of_a_layer_over_tokens(at):
    trace = record(nn.Linear(8, 3), SENTENCES)
    found = trace.contributions("Linear", sample=1, at=at, top=2)
    np.testing.assert_allclose(found.terms.sum(1) + found.bias + found.rest, trace["Linear"][1, 0], rtol=1e-6)
    with pytest.raises(UserError, match=r"say at="):
        trace.contributions("Linear", sample=1)


def test_contributions_see_the_input_at_that_moment():
    class Overwritten(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            h = x.reshape(3, 4) * 2
            y = self.fc(h)
            h.zero_()
            return y.relu_()

    net = Overwritten()
    found = record(net, X).contributions("fc", sample=2)
    expected = net.fc.weight.detach().double().numpy() * (X[2] * 2).double().numpy()
    np.testing.assert_array_equal(found.terms, expected)
    np.testing.assert_allclose(found.rest, 0, atol=1e-6)


@pytest.mark.parametrize("wrap", ["weight_norm", "spectral_norm"])
def test_contributions_of_a_parametrised_layer_use_the_weight_of_the_run(wrap):
    layer = getattr(nn.utils.parametrizations, wrap)(nn.Linear(4, 2)).eval()
    trace = record(nn.Sequential(layer), X)
    np.testing.assert_array_equal(trace.parameters["0.weight"], layer.weight.detach().numpy())
    np.testing.assert_allclose(trace.contributions("0").rest, 0, atol=1e-6)


CONVOLUTIONS = {
    "2-d": (nn.Conv2d(3, 4, 3), (2, 3, 7, 6)),
    "strides, pads and dilations": (
        nn.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 2)),
        (2, 3, 8, 7),
    ),
    "without bias": (nn.Conv2d(3, 4, 3, padding=1, bias=False), (2, 3, 5, 5)),
    "same": (nn.Conv2d(3, 4, (2, 5), padding="same", dilation=(3, 1)), (2, 3, 6, 7)),
    "groups": (nn.Conv2d(6, 4, 3, padding=1, groups=2), (2, 6, 5, 5)),
    "each channel by itself": (nn.Conv2d(4, 8, 3, groups=4), (2, 4, 5, 5)),
    "reflecting": (nn.Conv2d(2, 3, 3, padding=2, padding_mode="reflect"), (2, 2, 5, 6)),
    "replicating": (nn.Conv2d(2, 3, 3, padding=1, padding_mode="replicate"), (2, 2, 5, 6)),
    "circular": (nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode="circular"), (2, 2, 5, 6)),
    "1-d": (nn.Conv1d(3, 4, 5, stride=2, padding=3), (2, 3, 11)),
    "3-d": (nn.Conv3d(2, 3, (1, 2, 3), padding=1), (2, 2, 3, 4, 4)),
    "transposed": (nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1), (2, 3, 4, 5)),
    "transposed, groups": (nn.ConvTranspose2d(4, 6, 4, stride=(3, 2), groups=2), (2, 4, 3, 4)),
    "transposed, dilated": (nn.ConvTranspose2d(2, 3, 3, stride=2, dilation=2, padding=2), (2, 2, 4, 4)),
    "transposed, 1-d": (nn.ConvTranspose1d(3, 4, 5, stride=2), (2, 3, 6)),
    "one sample": (nn.Conv2d(3, 4, 3, padding=1), (3, 5, 5)),
    "weights of the run": (
        nn.utils.parametrizations.spectral_norm(nn.ConvTranspose2d(3, 4, 3)).eval(),
        (2, 3, 5, 5),
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("top", [None, 3])
def test_contributions_of_convolutions_add_up_everywhere(name, top):
    layer, shape = CONVOLUTIONS[name]
    x = torch.randn(shape)
    trace = record(nn.Sequential(layer), x)
    spatial = layer.weight.ndim - 2
    maps = trace["0"] if trace["0"].ndim > spatial + 1 else trace["0"][None]
    given = x.numpy() if x.ndim > spatial + 1 else x.numpy()[None]
    sample, groups = len(maps) - 1, layer.groups
    for place in np.ndindex(maps.shape[2:]):
        found = trace.contributions("0", sample=sample, at=place, top=top)
        shown = found.terms.sum(1) + found.rest + found.bias
        np.testing.assert_allclose(shown, maps[(sample, slice(None), *place)], rtol=1e-12)
        assert found.terms.shape[1] == min(found.of, top or found.of) and found.width == maps.shape[1]
        assert found.of * groups == len(found.inputs) == len(found.places)
        if top is None:  # nothing is left over but the rounding of the layer's own arithmetic
            np.testing.assert_allclose(found.rest, 0, atol=2e-6)
        for j, (channel, *cell) in enumerate(found.places):
            inside = all(0 <= c < n for c, n in zip(cell, given.shape[2:], strict=True))
            value = given[(sample, channel, *cell)] if inside else 0.0
            assert found.inputs[j] == np.float64(value)


def test_contributions_of_a_convolution_name_channels_and_places():
    trace = record(nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU()), torch.rand(1, 1, 4, 4))
    found = trace.contributions("0", at=(0, 0), units=[1], top=2)
    assert found.units.tolist() == [1] and (found.terms.shape[1], found.of) == (2, 9)
    assert found.places[0].tolist() == [0, -1, -1] and found.inputs[0] == 0.0
    channel, row, column = found.places[found.indices[0, 0]]
    weight = trace.parameters["0.weight"][1, channel, row + 1, column + 1].astype(np.float64)
    assert found.terms[0, 0] == weight * trace["input"][0, channel, row, column]
    with pytest.raises(
        UserError, match=r"'0' has the axes \(sample, row, column\) beside its units; say at="
    ):
        trace.contributions("0")
    with pytest.raises(UserError, match="'0' has no row 4: there are 4"):
        trace.contributions("0", at=(4, 0))
    with pytest.raises(
        UserError, match=r"'1' is no dense layer and no convolution but 'ReLU'; such are '0'$"
    ):
        trace.contributions("1", at=(0, 0))


# choice


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({"only": "hidden"}, {"input", "hidden", "output"}),
        ({"only": ["hid*", "act"]}, {"input", "hidden", "act", "output"}),
        ({"exclude": ["*"]}, set()),
        ({"exclude": ["input", "act"]}, {"hidden", "out", "output"}),
        ({"only": []}, {"input", "output"}),
    ],
)
def test_names_are_chosen(choice, names):
    assert set(record(Net(), X, **choice).names) == names


def test_a_chosen_module_means_all_of_it():
    net = nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), nn.Linear(4, 4))
    assert set(record(net, X, only="0").names) == {"input", "0", "0.0", "0.1", "output"}


def test_a_pattern_that_fits_nothing_is_told():
    with pytest.raises(UserError, match="nothing in the run is called 'hiden'; nearest: 'hidden'"):
        record(Net(), X, only="hiden")


def test_functions_between_the_modules_can_be_left_out():
    class Sum(Net):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) + 1

    assert "add" in record(Sum(), X)
    without = record(Sum(), X, between=False)
    assert "add" not in without and "add" in without.graph


@pytest.mark.parametrize("grad", [False, True])
def test_memory_is_what_was_asked_for(grad):
    """What was not asked for is dead before the next layer has run, unless autograd needs it as ever."""
    living: list[int] = []

    class Big(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(6)])

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = layer(x).relu()
                living.append(sum(type(o) is Tensor and o.shape == (3, 4) for o in gc.get_objects()))
            return x

    net = Big()
    with torch.set_grad_enabled(grad):
        net(X)
        bare = [count - living[0] for count in living]
        living.clear()
        record(net, X, only="layers.5")
    assert living[4] - living[1] <= bare[4] - bare[1]
    assert grad or living[4] <= living[1]


def test_a_kept_slice_does_not_hold_the_whole():
    class Slice(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x * 2)[:, :1]

    kept = record(nn.Sequential(Slice()), torch.zeros(100, 1000), only="0")["0"]
    assert kept.shape == (100, 1) and kept.strides == (4, 4)


def test_values_that_are_part_of_the_weights_do_not_follow_training():
    class Places(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.place = nn.Parameter(torch.arange(12.0).reshape(4, 3))

        def forward(self, x: Tensor) -> Tensor:
            return self.place[: len(x)]

    net = nn.Sequential(Places())
    trace = record(net, X)
    with torch.no_grad():
        net[0].place.zero_()
    np.testing.assert_array_equal(trace["0"], np.arange(9.0).reshape(3, 3))


def test_masks_that_lead_nowhere_are_no_nodes():
    class Masked(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            unused = x > 0  # noqa: F841
            return x.masked_fill(x < 0, 0.0)

    graph = record(Masked(), X).graph
    assert [node.kind for node in graph] == ["input", "lt", "masked_fill", "output"]


# attention


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("grad", [False, True])
def test_heads_of_an_encoder_are_those_of_the_formula(training, fast, grad):
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True).train(training)
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(fast)
    try:
        with torch.set_grad_enabled(grad):
            trace = record(layer, SENTENCES, check=True)
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
    found = trace.attention("self_attn")
    assert found.shape == (2, 2, 5, 5)
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    q, k, _ = F.linear(SENTENCES, layer.self_attn.in_proj_weight, layer.self_attn.in_proj_bias).chunk(3, -1)
    q, k = (part.view(2, 5, 2, 4).transpose(1, 2) for part in (q, k))
    expected = (q @ k.mT / 2).softmax(-1).detach()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"need_weights": False},
        {"average_attn_weights": False},
        {"attn_mask": torch.ones(5, 5).triu(1).bool()},
    ],
)
def test_heads_are_seen_before_dropout(options):
    attn = nn.MultiheadAttention(8, 2, dropout=0.9, batch_first=True)
    found = record(attn, SENTENCES, SENTENCES, SENTENCES, **options).attention()
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    if "attn_mask" in options:
        assert (found[:, :, 0, 1:] == 0).all()


class Heads(nn.Module):
    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, v, **self.options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 0.3},
        {"attn_mask": torch.tensor([[True, False, True]] * 3)},
        {"attn_mask": torch.randn(2, 4, 3, 3)},
    ],
)
def test_heads_of_the_function_reproduce_its_output(options):
    q, k, v = torch.randn(3, 2, 4, 3, 8).unbind(0)
    trace = record(Heads(**options), q, k, v)
    mixed = torch.from_numpy(trace.attention().copy()) @ v
    np.testing.assert_allclose(mixed, trace["output"], atol=1e-6)


def test_grouped_queries_and_rows_that_see_nothing():
    q, k, v = torch.randn(1, 4, 3, 8), torch.randn(1, 2, 3, 8), torch.randn(1, 2, 3, 8)
    trace = record(Heads(enable_gqa=True), q, k, v)
    mixed = torch.from_numpy(trace.attention().copy()) @ v.repeat_interleave(2, 1)
    np.testing.assert_allclose(mixed, trace["output"], atol=1e-6)
    blind = weights(q, q, q, attn_mask=torch.zeros(3, 3, dtype=torch.bool))
    assert (blind == 0).all()


class Overwriting(nn.Module):
    """Queries and a mask that lie in the memory of a buffer, and are overwritten after their use."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kept", torch.zeros(1, 2, 3, 8))
        self.register_buffer("mask", torch.ones(3, 3).tril().bool())

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        self.kept.copy_(q)
        mixed = F.scaled_dot_product_attention(query=self.kept, key=k, value=v, attn_mask=self.mask)
        k.zero_()
        return mixed + self.kept.mul_(0)


def test_heads_are_computed_when_they_are_asked_for_from_what_was_there_then(monkeypatch):
    asked = []

    def ask(*args: Any, **kwargs: Any) -> Tensor:
        asked.append(torch.get_num_threads())
        return weights(*args, **kwargs)

    monkeypatch.setattr(attention, "weights", ask)
    q, k, v = torch.randn(3, 1, 2, 3, 8).unbind(0)
    model, threads = Overwriting(), torch.get_num_threads()
    trace = record(model, q, k, v)
    assert len(trace.attentions) == 1 and not asked
    torch.set_num_threads(threads + 1)
    try:
        trace.attention()
        assert asked == [threads] and torch.get_num_threads() == threads + 1
    finally:
        torch.set_num_threads(threads)
    model.kept.fill_(7)
    model.mask.fill_(True)
    np.testing.assert_array_equal(trace.attention(), weights(q, k, attn_mask=torch.ones(3, 3).tril().bool()))
    assert trace.attention() is trace.attention() and len(asked) == 1


def test_heads_whose_queries_were_lost_say_so():
    class Keeping(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            self.last = x * 1
            return F.scaled_dot_product_attention(self.last, x, x)

    model = Keeping()
    trace = record(model, torch.randn(1, 2, 3, 8))
    model.last.zero_()
    with pytest.raises(UserError, match="values of 'scaled_dot_product_attention' were overwritten after"):
        trace.attention()


@pytest.mark.parametrize("make", [lambda: Heads(), lambda: nn.MultiheadAttention(8, 2, batch_first=True)])
def test_a_recording_that_nobody_holds_is_gone_at_once(make):
    class Noting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.shift = make(), nn.Parameter(torch.zeros(8))

        def forward(self, x: Tensor) -> Tensor:
            value = x + self.shift
            return self.inner(value, value, value)

    model = Noting()
    gc.collect()
    gc.disable()
    try:
        with torch.no_grad():
            trace = record(model, SENTENCES)
        assert trace.attentions
        del trace
        assert gc.collect() == 0  # nothing was left for Python's collector
    finally:
        gc.enable()


def test_attention_written_out_is_found():
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop = nn.Dropout(0.1)

        def forward(self, x: Tensor) -> Tensor:
            return self.drop((x @ x.mT / math.sqrt(8)).softmax(-1)) @ x

    found = record(nn.Sequential(Own(), Own()), SENTENCES)
    assert found.attentions == ("0", "1")
    assert found.attention("1").shape == (2, 1, 5, 5)
    with pytest.raises(UserError, match=r"several attentions were recorded in 'the model': 0, 1"):
        found.attention()
    with pytest.raises(UserError, match="no attention was recorded in '2'"):
        found.attention("2")


def test_several_attentions_in_one_module():
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            y = self.fc(F.scaled_dot_product_attention(x, x, x))
            return F.scaled_dot_product_attention(y, y, y)

    trace = record(nn.Sequential(Twice()), SENTENCES)
    assert trace.attentions == ("0", "0.scaled_dot_product_attention#2")
    assert not np.array_equal(trace.attention("0"), trace.attention("0.scaled_dot_product_attention#2"))


def test_heads_can_be_left_out():
    trace = record(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), SENTENCES, attention=False)
    assert trace.attentions == ()


# axes


def test_axes_follow_the_kind_of_layer():
    net = nn.Sequential(nn.Conv1d(5, 4, 3), nn.ReLU(), nn.Flatten(0, 1), nn.Linear(6, 2))
    trace = record(net, SENTENCES)
    assert trace.axes("1") == ("sample", "channel", "position")
    assert trace.axes("3") == ("sample", "unit")
    image = record(nn.Conv2d(3, 4, 3), torch.zeros(2, 3, 8, 8))
    assert image.axes("Conv2d") == image.axes("input") == ("sample", "channel", "row", "column")
    lstm = record(nn.LSTM(8, 4), SENTENCES)
    assert lstm.axes("LSTM") == ("token", "sample", "unit")
    first = record(nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16)), SENTENCES)
    assert (
        first.axes("0.self_attn")
        == first.axes("0.linear1")
        == first.axes("0.relu")
        == ("token", "sample", "unit")
    )


def test_nodes_know_what_their_modules_were_made_with(tmp_path):
    net = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.MaxPool2d(2), nn.Flatten())
    trace = record(net, torch.zeros(2, 3, 8, 8))
    conv = trace.graph["0"]
    assert (conv.setting("kernel_size"), conv.setting("stride"), conv.setting("padding")) == (
        (3, 3),
        (2, 2),
        (1, 1),
    )
    assert trace.graph["1"].setting("kernel_size") == 2 and trace.graph["1"].setting("nothing", 7) == 7
    assert (
        record(nn.MultiheadAttention(8, 2), *[SENTENCES] * 3).graph["MultiheadAttention"].setting("num_heads")
        == 2
    )
    trace.save(tmp_path / "run.safetensors")
    assert Trace.load(tmp_path / "run.safetensors").graph == trace.graph
    assert trace.graph["input"].settings == () and hash(conv) == hash(trace.graph["0"])


def test_a_tap_names_its_axes_and_itself():
    class Looked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.here = nn.ModuleList([Tap("scores", axes=("sample", "query", "key")), Tap()])

        def forward(self, x: Tensor) -> Tensor:
            return self.here[1](self.here[0](x @ x.mT) @ x)

    trace = record(Looked(), SENTENCES)
    assert trace.axes("here.scores") == ("sample", "query", "key")
    assert "here.1" in trace and trace.graph["here.1"].kind == "Tap"
    assert list(Looked().state_dict()) == []


# gradients


def test_gradients_are_those_of_autograd():
    net, x = Net(), X.clone().requires_grad_()
    hidden = net.hidden(x)
    hidden.retain_grad()
    act = net.act(hidden)
    act.retain_grad()
    net.out(act).square().sum().backward()
    expected = {"hidden": hidden.grad, "act": act.grad, "input": x.grad, "out.weight": net.out.weight.grad}
    net.zero_grad()
    trace = record(net, X, gradients=lambda out: out.square().sum())
    for name, slope in expected.items():
        np.testing.assert_allclose(trace.gradients[name], slope, rtol=1e-6)
    assert all(parameter.grad is None for parameter in net.parameters())
    assert not trace["hidden"].flags.writeable


def test_gradients_through_values_that_are_overwritten():
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 1))
    trace = record(net, X, gradients=True)
    plain = nn.Sequential(net[0], nn.ReLU(), net[2])
    other = record(plain, X, gradients=True)
    for name in ("input", "0", "1", "2", "0.weight"):
        np.testing.assert_allclose(trace.gradients[name], other.gradients[name], err_msg=name)
    np.testing.assert_array_equal(trace["0"], other["0"])


def test_gradients_of_frozen_models_and_bad_losses():
    net = Net().requires_grad_(False)
    assert "input" in record(net, X, gradients=True).gradients
    with pytest.raises(UserError, match="gradients start from one number"):
        record(Net(), X, gradients=lambda out: out)
    with pytest.raises(UserError, match="no gradient reaches the loss"):
        record(nn.Sequential(nn.Embedding(3, 2).requires_grad_(False)), torch.tensor([[0]]), gradients=True)
    with pytest.raises(UserError, match="no gradient was recorded for 'hidden'"):
        record(Net(), X).gradients["hidden"]


# surroundings


def test_autocast_and_inference_mode_are_those_of_the_caller():
    with torch.inference_mode():
        inside = record(Net(), X)
    assert inside["output"].shape == (3, 2)
    net = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        trace = record(net, SENTENCES)
        try:
            expected = net(SENTENCES).float().numpy()
        except RuntimeError as error:
            if Version(torch.__version__) >= Version("2.6"):
                raise
            pytest.skip(f"torch 2.5 does not run it itself: {error}")
    np.testing.assert_allclose(trace["output"], expected, atol=2e-2)
    np.testing.assert_allclose(trace.attention().sum(-1), 1, rtol=1e-2)


def test_other_function_modes_stay_in_force():
    class Counts(torch.overrides.TorchFunctionMode):
        seen = 0

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            Counts.seen += 1
            return func(*args, **(kwargs or {}))

    class Inside(Net):
        def forward(self, x: Tensor) -> Tensor:
            with Counts():
                return super().forward(x)

    assert record(Inside(), X).names == ("input", "hidden", "act", "out", "output")
    assert Counts.seen


# bad input


def test_no_module():
    with pytest.raises(UserError, match=r"record\(\) takes a torch.nn.Module, got function"):
        record(lambda x: x, X)
    with pytest.raises(UserError, match="got the class Net; make one first"):
        record(Net, X)
    with pytest.raises(UserError, match=r"'0.weight' has no shape yet"):
        record(nn.Sequential(nn.LazyLinear(3)), X)


def test_a_model_that_raises_offers_what_it_had_computed():
    net = Broken()
    with pytest.raises(
        ModelRaised, match=r"Broken raised in 'out' \(Linear\), given \(3, 5\): (addmm: )?mat1 and mat2"
    ) as raised:
        record(net, X)
    assert isinstance(raised.value, UserError)
    assert "hidden" in raised.value.trace and "out" not in raised.value.trace
    assert [node.name for node in raised.value.trace.graph][:2] == ["input", "hidden"]
    assert all("_compiled_call_impl" not in vars(module) for module in net.modules())
    assert torch.overrides._get_current_function_mode() is None
    net.forward = lambda x: net.out(net.hidden(x))
    np.testing.assert_array_equal(record(net, X)["output"], net.out(net.hidden(X)).detach().numpy())


def test_wrong_shapes_name_the_layer():
    with pytest.raises(ModelRaised, match=r"Net raised in 'hidden' \(Linear\), given \(3, 3\)"):
        record(Net(), X[:, :3])
    with pytest.raises(ModelRaised, match=r"Net raised in Net, given \(3, 4\) and \(3, 4\)"):
        record(Net(), X, X)


def test_everything_is_put_back_after_an_exception():
    class Dies(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(4)

        def forward(self, x: Tensor) -> Tensor:
            self.eval()
            self.norm.train()
            self.norm(x + torch.rand(1))
            raise KeyboardInterrupt

    net = Dies()
    state, before = torch.get_rng_state(), {k: v.clone() for k, v in net.state_dict().items()}
    with pytest.raises(KeyboardInterrupt):
        record(net, X, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert net.training and torch.is_grad_enabled()


def test_out_of_memory_is_told():
    class Greedy(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise torch.OutOfMemoryError("no")

    with pytest.raises(
        ModelRaised, match=r"out of memory in '0' \(Greedy\), given \(3, 4\): keep less with only="
    ):
        record(nn.Sequential(Greedy()), X)


def test_the_meta_device_has_no_numbers():
    with pytest.raises(UserError, match="'input' is on the meta device"):
        record(Net().to("meta"), X.to("meta"))


def test_a_model_with_a_hidden_state_fails_the_check():
    class Counts(nn.Module):
        calls = 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return x + self.calls

    with pytest.raises(UserError, match="output 0 of the recorded run differs from an unwatched run"):
        record(Counts(), X, check=True)


def test_values_that_are_not_finite_are_kept_and_told():
    class Log(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.log()

    trace = record(nn.Sequential(nn.Identity(), Log()), X)
    assert np.isnan(trace["1"]).any()
    with pytest.raises(UserError, match=r"'1\.log' \(log\) is not finite: 6 of 12"):
        trace.check()


def test_seeds():
    net = nn.Sequential(nn.Dropout(0.5))
    one, two = record(net, X, seed=1), record(net, X, seed=1)
    assert one == two != record(net, X, seed=2)
    torch.manual_seed(1)
    np.testing.assert_array_equal(net(X).numpy(), one["output"])


def test_a_trace_that_was_looked_at_holds_on_to_no_model():
    net = Net()
    trace, seen = record(net, X), weakref.ref(net)
    assert trace["hidden"].shape == (3, 6)
    del net
    gc.collect()
    assert seen() is None
    assert trace.provenance["parameters"] == 44


# training


def trained(recorder: Recorder, net: nn.Module, steps: int) -> list[float]:
    """Train ``net`` a little under ``recorder``; the losses."""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = []
    with recorder:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = net(X).square().mean()
            loss.backward()
            losses.append(loss.item())
            recorder.snapshot(loss=loss, rate=0.1)
            optimizer.step()
    return losses


def test_snapshots_stand_on_one_time_axis(tmp_path):
    net = Net()
    start = net.hidden.weight.detach().clone()
    recorder = Recorder(net, X, gradients=True, seed=4)
    losses = trained(recorder, net, 5)
    trace = recorder.trace
    np.testing.assert_allclose(trace["loss"], losses)
    np.testing.assert_array_equal(trace["step"], np.arange(5))
    np.testing.assert_array_equal(trace["hidden.weight"][0], start)
    assert trace.axes("hidden.weight") == ("step", "unit", "input")
    assert trace.axes("hidden") == ("step", "sample", "unit") and trace["output"].shape == (5, 3, 2)
    assert trace.axes("loss") == ("step",)
    assert trace.gradients["hidden.weight"].shape == (5, 6, 4)
    assert trace.provenance["seed"] == 4 and trace.provenance["snapshots"] == 5
    trace.save(tmp_path / "training.safetensors")
    assert Trace.load(tmp_path / "training.safetensors") == trace


def test_training_goes_on_as_if_nobody_looked():
    one, two = Net(), Net()
    two.load_state_dict(one.state_dict())
    watched = trained(Recorder(one, X), one, 4)
    assert watched == trained(Recorder(two, only=["loss", "step"]), two, 4)
    assert one.training
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_every_so_many_steps_and_the_last():
    net = Net()
    recorder = Recorder(net, X, every=3, only=["out", "out.*"])
    trained(recorder, net, 8)
    np.testing.assert_array_equal(recorder.trace["step"], [0, 3, 6, 7])
    assert set(recorder.trace.names) == {
        "step",
        "loss",
        "rate",
        "out.weight",
        "out.bias",
        "input",
        "out",
        "output",
    }


def test_recorders_refuse():
    with pytest.raises(UserError, match=r"takes a torch\.nn\.Module"):
        Recorder(3)
    with pytest.raises(UserError, match="at least 1; got 0"):
        Recorder(Net(), every=0)
    with pytest.raises(UserError, match="no snapshot was taken"):
        _ = Recorder(Net()).trace
    recorder = Recorder(Net())
    recorder.snapshot(loss=1.0)
    with pytest.raises(UserError, match="not in all of them: loss"):
        recorder.snapshot()


def test_input_and_output_can_be_all_that_is_kept() -> None:
    assert set(record(nn.Sequential(nn.Linear(4, 2)), X, only="output").names) == {"input", "output"}
