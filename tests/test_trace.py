"""Trace: reading, contributions, checking, saving. No torch here."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim.errors import UserError
from nnanim.trace import Graph, Node, Trace

rng = np.random.default_rng(0)


def dense(inputs: int = 6, units: int = 3, samples: int = 4) -> Trace:
    """A trace of one dense layer called "hidden"."""
    x = rng.normal(size=(samples, inputs)).astype(np.float32)
    w = rng.normal(size=(units, inputs)).astype(np.float32)
    b = rng.normal(size=units).astype(np.float32)
    nodes = (
        Node("input", "input", "input", outputs=("input",), shape=x.shape),
        Node("hidden", "Linear", inputs=("input",), outputs=("hidden",), shape=(samples, units), order=1),
        Node("output", "output", "output", inputs=("hidden",), shape=(samples, units), order=2),
    )
    hidden = x @ w.T + b
    return Trace.of(
        {"input": x, "hidden": hidden, "output": hidden},
        parameters={"hidden.weight": w, "hidden.bias": b},
        layer_inputs={"hidden": "input"},
        graph=Graph(nodes),
        provenance={"model": "test", "seed": 3},
    )


def test_arrays_are_read_only_and_apart_from_what_was_given():
    mine = np.zeros((2, 3))
    trace = Trace.of({"hidden": mine})
    mine += 1
    assert trace["hidden"].sum() == 0
    with pytest.raises(ValueError, match="read-only"):
        trace["hidden"][0, 0] = 1


def test_unknown_names_are_told_with_the_nearest():
    trace = dense()
    with pytest.raises(UserError, match="nothing was recorded under 'hiden'; nearest: 'hidden'"):
        trace["hiden"]
    with pytest.raises(UserError, match=r"no parameter is called 'hidden.wieght'; nearest: 'hidden.weight'"):
        trace.parameters["hidden.wieght"]
    with pytest.raises(UserError, match="no node is called 'hiden'"):
        trace.graph["hiden"]
    assert "hiden" not in trace and "hidden" in trace
    assert trace.parameters.get("nothing") is None


def test_axes_by_number_and_by_name():
    trace = Trace.of(
        {
            "a": np.zeros(2),
            "b": np.zeros((2, 3)),
            "c": np.zeros((2, 3, 4)),
            "d": np.zeros((2, 3, 4, 5)),
            "loss": np.zeros(7),
        },
        axes={"loss": ("step",)},
    )
    assert trace.axes("b") == ("sample", "unit")
    assert trace.axes("c") == ("sample", "token", "unit")
    assert trace.axes("d") == ("sample", "channel", "row", "column")
    assert trace.axes("loss") == ("step",)
    with pytest.raises(UserError, match="1 axes, 2 are named"):
        Trace.of({"loss": np.zeros(7)}, axes={"loss": ("step", "unit")})


def test_what_is_no_number_is_refused():
    with pytest.raises(UserError, match="a trace holds numbers"):
        Trace.of({"words": np.array(["a"])})


@pytest.mark.parametrize("top", [None, 0, 1, 3, 6, 99])
def test_contributions_add_up_to_the_pre_activation(top):
    trace = dense()
    for sample in range(4):
        found = trace.contributions("hidden", sample=sample, top=top)
        np.testing.assert_allclose(
            found.terms.sum(1) + found.rest + found.bias, found.total, rtol=0, atol=1e-14
        )
        np.testing.assert_array_equal(found.total, trace["hidden"][sample].astype(np.float64))
        w, x = trace.parameters["hidden.weight"].astype(np.float64), trace["input"][sample].astype(np.float64)
        np.testing.assert_array_equal(found.terms, np.take_along_axis(w * x, found.indices, 1))


def test_top_contributions_are_the_largest_ones():
    found = dense(inputs=50).contributions("hidden", top=4)
    everything = dense_terms = np.abs(found.terms)
    assert (np.diff(everything, axis=1) <= 0).all()
    assert not found.is_complete and (found.terms.shape[1], found.of) == (4, 50)
    trace = dense(inputs=50)
    whole, few = trace.contributions("hidden"), trace.contributions("hidden", top=4)
    assert whole.is_complete
    np.testing.assert_array_equal(np.sort(np.abs(whole.terms))[:, :-5:-1], np.abs(few.terms))
    assert dense_terms.shape == (3, 4)


def test_contributions_of_a_wide_layer_are_computed_in_blocks(monkeypatch):
    trace = dense(inputs=40, units=30)
    whole = trace.contributions("hidden", top=5)
    monkeypatch.setattr("nnanim.trace.contributions.BLOCK", 80)
    blocks = trace.contributions("hidden", top=5)
    np.testing.assert_array_equal(whole.indices, blocks.indices)
    np.testing.assert_array_equal(whole.terms, blocks.terms)


def test_contributions_of_some_units():
    trace = dense()
    some = trace.contributions("hidden", units=[2, 0])
    np.testing.assert_array_equal(some.terms, trace.contributions("hidden").terms[[2, 0]])
    assert some.width == 3


def test_contributions_refuse_what_does_not_exist():
    trace = dense()
    with pytest.raises(UserError, match="'hidden' has no sample 4: there are 4"):
        trace.contributions("hidden", sample=4)
    with pytest.raises(UserError, match="has 3 units"):
        trace.contributions("hidden", units=[3])
    with pytest.raises(
        UserError, match=r"'output' is no dense layer and no convolution but 'output'; such are 'hidden'$"
    ):
        trace.contributions("output")
    with pytest.raises(UserError, match="nearest: 'hidden'"):
        trace.contributions("hiden")


def test_check_names_the_first_value_that_is_not_finite():
    bad = np.zeros((2, 3))
    bad[1, 2] = np.nan
    nodes = (Node("a", "Linear"), Node("b", "ReLU", inputs=("a",)))
    trace = Trace.of({"a": np.zeros((2, 3)), "b": bad, "c": bad}, graph=Graph(nodes))
    with pytest.raises(
        UserError, match=r"'b' \(ReLU\) is not finite: 1 of 6 numbers, first nan at sample 1, unit 2"
    ):
        trace.check()
    assert dense().check() is not None


def test_any_change_is_another_trace():
    values = np.arange(6.0).reshape(2, 3)
    same = Trace.of({"a": values}, axes={"a": ("step", "unit")})
    assert same == Trace.of({"a": values}, axes={"a": ("step", "unit")})
    assert same != Trace.of({"a": values}), "other axes"
    assert same != Trace.of({"a": values.astype("f4")}, axes={"a": ("step", "unit")}), "other type"
    assert same != Trace.of({"b": values}, axes={"b": ("step", "unit")}), "other name"
    assert same != Trace.of({"a": values + 1e-12}, axes={"a": ("step", "unit")}), "other value"


def residual() -> Graph:
    """input -> block(fc, act) -> add(input) -> head -> output."""
    return Graph(
        (
            Node("input", "input", "input"),
            Node("block", "Block", inputs=("input",), order=1),
            Node("block.fc", "Linear", inside="block", inputs=("input",), order=2),
            Node("block.act", "ReLU", inside="block", inputs=("block.fc",), order=3),
            Node("add", "add", "function", inputs=("input", "block.act"), order=4),
            Node("head", "Linear", inputs=("add",), order=5),
            Node("output", "output", "output", inputs=("head",), order=6),
        )
    )


def pairs(graph: Graph) -> list[tuple[str, str]]:
    """The edges as pairs of names."""
    return [(edge.source, edge.target) for edge in graph.edges]


def test_edges_run_between_the_innermost_nodes():
    assert pairs(residual()) == [
        ("input", "block.fc"),
        ("block.fc", "block.act"),
        ("input", "add"),
        ("block.act", "add"),
        ("add", "head"),
        ("head", "output"),
    ]
    assert residual().after("input") == ("block.fc", "add")
    assert residual().before("add") == ("input", "block.act")
    assert [node.name for node in residual().children("block")] == ["block.fc", "block.act"]
    assert residual().ancestors("block.fc") == ("block",)


@pytest.mark.parametrize("how", [{"names": ["block"]}, {"depth": 1}])
def test_a_folded_graph_shows_a_module_as_one_node(how):
    folded = residual().fold(**how)
    assert pairs(folded) == [
        ("input", "block"),
        ("input", "add"),
        ("block", "add"),
        ("add", "head"),
        ("head", "output"),
    ]
    with pytest.raises(UserError, match="nearest: 'block'"):
        residual().fold(["blok"])


def test_the_table_lists_what_was_recorded():
    assert dense().table().splitlines()[1].split() == ["hidden", "Linear", "4×3", "sample,", "unit"]
    own = Trace.of({"loss": np.ones((3, 2))})
    assert own.table().split() == ["loss", "3×2", "axis", "0,", "axis", "1"], "nobody says what is a sample"
    assert Trace.of({"loss": np.ones(3)}, axes={"loss": ("step",)}).table().split() == ["loss", "3", "step"]
