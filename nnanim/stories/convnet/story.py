"""The story of a small convolutional network: weights that wander find a digit that has moved.

The question: a dense network loses a digit that moves by one pixel; do weights that wander find it? The
moment to remember: the picture moves, its map moves along, and the answer stays. The end: more digits are
found, not all of them; deeper networks come next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Picture, Row, Table
from nnanim.motions import Sweep
from nnanim.stories.convnet.moved import move, scores
from nnanim.stories.convnet.views import AT_REST, LAYERS, ConvNetView, block, number_map
from nnanim.stories.network.conv_place import tell_place
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

SLOW = 2
"""Number of places at which the first window stays for a moment."""

ABREAST = 4
"""Maximum number of kernels, each beside its map, in one line."""

MAP: Words = {"en": "map", "ja": "マップ"}


def convnet(
    trace: Trace,
    share: Trace,
    dense_share: Trace,
    *,
    classes: Sequence[Words],
    versions: Sequence[Words],
    truth: int | None = None,
    way: Words,
) -> Iterator[Beat]:
    """Tell how a small convolutional network reads a picture, and what it makes of one that has moved.

    Args:
        trace: of two pictures through a `nnanim.models.digits_convnet.DigitsConvNet`: one as it is, and the
            same one, moved.
        share: of many pictures through a `nnanim.models.share_right.ShareRight` of this network, in several
            versions: the first as they are, the others moved.
        dense_share: the same of a dense network.
        classes: names of the outputs.
        versions: what each version is called.
        truth: index of the picture's true class, where it is known.
        way: where the picture was moved, as the words of a sentence: "one pixel to the left".

    Raises:
        UserError: the trace has not these layers, or not two pictures.
    """
    if missing := [name for name in LAYERS if name not in trace]:
        raise UserError(f"convnet() wants the layers of a DigitsConvNet; there is no {missing[0]!r}")
    if len(trace["input"]) != 2 or trace["input"].shape[1] != 1:
        raise UserError(
            f"convnet() wants two grey pictures, one moved; there are {trace['input'].shape[:2]} of them"
        )
    if not len(share["output"]) == len(dense_share["output"]) == len(versions):
        raise UserError(
            f"convnet(): shares of {len(share['output'])} and {len(dense_share['output'])} versions "
            f"for {len(versions)} names"
        )
    net = ConvNetView(trace, tuple(classes))
    yield from _first_layer(net)
    yield from _more_layers(net)
    yield from _answer(net, truth)
    yield from move(net, way)
    yield from scores(share, dense_share, tuple(versions))


def _first_layer(net: ConvNetView) -> Iterator[Beat]:
    """A kernel at one place, then at all of them; the other kernels and their maps."""
    picture, kernel, found = (
        net.picture(),
        net.kernel(net.one, written=True),
        net.find_convolution("first", net.one),
    )
    yield Beat(
        {
            "en": "A dense network loses a digit that moves. Do weights that wander find it?",
            "ja": "ずれた数字を、全結合は読めませんでした。重みが動けば？",
        },
        picture,
        id="question",
    )
    yield Beat(
        {
            "en": "A kernel: nine weights for the whole picture.",
            "ja": "カーネルです。画像全体を、九つの重みだけで見ます。",
        },
        Row(picture, kernel, gap=0.9),
        id="kernel",
        born={kernel.key: From("picture")},
    )
    yield from tell_place(found, kernel, picture, "first")
    count = len(net.values("first"))
    whole = net.map("first", net.one, f"map-{net.one}", number_map(MAP, net.one, count))
    yield Beat(
        {
            "en": "It wanders: at every place the same weights, one number each.",
            "ja": "同じ重みのまま動き、場所ごとに数を一つ出します。",
        },
        Row(picture, kernel, whole, gap=0.9),
        motion=Sweep("picture", found.window.size, reveals=whole.key, slow=SLOW, seconds=3.6),
        id="sweep",
        gathers={"sum": whole.key},
    )
    every = range(count)
    kernels = [net.kernel(k) for k in every]
    maps = [net.map("first_activation", k, f"map-{k}") for k in every]
    born = {f"kernel-{k}": From(kernel.key) for k in every if k != net.one}
    born |= {f"map-{k}": From(whole.key) for k in every if k != net.one}
    yield Beat(
        fill(
            {
                "en": "{n} kernels make {n} maps. What is below 0 becomes 0.",
                "ja": "{n} 個のカーネルで、マップも {n} 枚。負の値は 0 にします。",
            },
            n=count,
        ),
        Table(
            *(mark for pair in zip(kernels, maps, strict=True) for mark in pair),
            cells=[divmod(place, 2 * ABREAST) for place in range(2 * count)],
            gap=0.3,
        ),
        id="maps",
        born=born,
    )


def _more_layers(net: ConvNetView) -> Iterator[Beat]:
    """Pooling, the second layer over all maps at once, and pooling again."""
    one, count = net.one, len(net.values("first"))
    before = net.map("first_activation", one, f"map-{one}", number_map(MAP, one, count))
    after = net.map("first_pool", one, f"pool-{one}")
    size = net.pool.size
    yield Beat(
        fill(
            {
                "en": "Pooling: of {h} × {w} cells, only the largest goes on.",
                "ja": "プーリングです。{h} × {w} ごとに、最大の値だけが進みます。",
            },
            h=size[0], w=size[1],
        ),
        Row(before, Row(after, scale=after.cells[0] / before.cells[0]), gap=1.2),
        motion=Sweep(before.key, size, (net.pool.stride,) * 2, reveals=after.key, seconds=2.0),
        id="pool",
    )  # fmt: skip
    found = net.find_convolution("second", net.other)
    pad = found.window.padding
    maps = [net.map("first_pool", k, f"pool-{k}", pad=pad) for k in range(count)]
    others = tuple(mark.key for k, mark in enumerate(maps) if k != one)
    many = len(net.values("second"))
    whole = net.map("second", net.other, "second", number_map(MAP, net.other, many))
    yield Beat(
        fill(
            {
                "en": "The second layer: each of {m} kernels covers all {n} maps at once.",
                "ja": "次の層では、{m} 個のカーネルが、{n} 枚のマップを同時に見ます。",
            },
            m=many, n=count,
        ),
        Row(block(maps, 4), Row(whole, scale=1.6), gap=1.2),
        motion=Sweep(
            after.key, found.window.size, reveals=whole.key, beside=others, slow=1, seconds=2.4
        ),
        id="second",
        born={key: From(after.key) for key in others},
    )  # fmt: skip
    small = _pooled_maps(net)
    yield Beat(
        fill(
            {
                "en": "{m} maps, pooled again: {n} numbers are left.",
                "ja": "{m} 枚をもう一度プーリングすると、残る数は {n} 個です。",
            },
            m=many, n=net.values("second_pool").size,
        ),
        block(small, 8),
        id="pooled",
        born={mark.key: From("second") for mark in small},
    )  # fmt: skip


def _pooled_maps(net: ConvNetView) -> list[Picture]:
    """What the dense layer reads."""
    return [net.map("second_pool", k, f"pooled-{k}") for k in range(len(net.values("second_pool")))]


def _answer(net: ConvNetView, truth: int | None) -> Iterator[Beat]:
    """The dense layer's probabilities."""
    shares, small = net.shares(AT_REST), _pooled_maps(net)
    best = int(shares.argmax())
    right: Words = {"en": " That is right.", "ja": "正解です。"}
    wrong: Words = {"en": " That is wrong.", "ja": "まちがいです。"}
    yield Beat(
        fill(
            {"en": "A dense layer reads them: {c}, with {p}.{r}", "ja": "全結合層が読むと {c}、{p}。{r}"},
            c=net.classes[best], p=percent(float(shares[best])),
            r="" if truth is None else right if best == truth else wrong,
        ),
        Row(block(small, 4), net.bars(AT_REST), gap=0.8),
        id="answer",
        born={"classes": From(small[-1].key)},
    )  # fmt: skip
