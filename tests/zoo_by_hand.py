"""Architectures as people write them, at tiny size."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F
from zoo import draw, entry, tokens


class Block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.a = nn.Conv2d(i, o, 3, padding=1)
        self.bn = nn.BatchNorm2d(o)
        self.down = nn.Conv2d(i, o, 1)
        self.bn2 = nn.BatchNorm2d(o)

    def forward(self, x):
        return torch.relu(self.bn(self.a(x)) + self.bn2(self.down(x)))


@entry(draw(1, 3, 12, 12))
def resnet():
    return nn.Sequential(
        Block(3, 4), Block(4, 8), Block(8, 8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)
    )


@entry(draw(1, 1, 12, 12))
def densenet():
    class Dense(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(1, 4, 3, padding=1)
            self.steps = nn.ModuleList([nn.Conv2d(4 + 4 * i, 4, 3, padding=1) for i in range(6)])
            self.head = nn.Linear(28, 3)

        def forward(self, x):
            seen = [self.stem(x)]
            for step in self.steps:
                seen.append(torch.relu(step(torch.cat(seen, 1))))
            return self.head(torch.cat(seen, 1).mean((2, 3)))

    return Dense()


@entry(draw(1, 1, 16, 16))
def capsules():
    def squash(v):
        n = (v**2).sum(-1, keepdim=True)
        return n / (1 + n) * v / (n + 1e-8).sqrt()

    class Caps(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 8, 5, 2)
            self.prim = nn.Conv2d(8, 16, 3, 2)
            self.W = nn.Parameter(torch.randn(1, 16, 3, 6, 4) * 0.2)

        def forward(self, x):
            x = self.prim(torch.relu(self.conv(x)))
            u = squash(x.view(len(x), -1, 4))
            u = (self.W[:, : u.shape[1]] @ u[:, :, None, :, None]).squeeze(-1)
            b = torch.zeros(*u.shape[:3])
            for _ in range(3):
                c = b.softmax(2)
                v = squash((c[..., None] * u).sum(1))
                b = b + (u * v[:, None]).sum(-1)
            return v.norm(dim=-1)

    return Caps()


@entry(draw(1, 3, 24, 24))
def heads():
    class Heads(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(3, 8, 3, 2),
                nn.PReLU(8),
                nn.MaxPool2d(2, ceil_mode=True),
                nn.Flatten(),
                nn.Linear(8 * 36, 16),
            )
            self.face, self.box, self.points = nn.Linear(16, 2), nn.Linear(16, 4), nn.Linear(16, 10)

        def forward(self, x):
            h = self.body(x)
            return self.box(h), self.points(h), self.face(h).softmax(-1)

    return Heads()


@entry(draw(1, 5, 4))
def bilstm():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 6, 2, bidirectional=True, batch_first=True)
            self.head = nn.Linear(12, 3)

        def forward(self, x):
            return self.head(self.rnn(x)[0])

    return Net()


@entry(draw(1, 5, 4))
def gru_states():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(4, 6, bidirectional=True, batch_first=True)
            self.head = nn.Linear(12, 3)

        def forward(self, x):
            _, h = self.rnn(x)
            return self.head(torch.cat([h[0], h[1]], -1))

    return Net()


@entry(draw(6, 8), lambda: (torch.rand(6, 6) > 0.5).float() + torch.eye(6))
def graph():
    class Graph(nn.Module):
        def __init__(self, f=8):
            super().__init__()
            self.one, self.two = nn.Linear(f, 6), nn.Linear(6, 2)

        def forward(self, nodes, adjacency):
            norm = adjacency / adjacency.sum(-1, keepdim=True)
            return self.two(norm @ torch.relu(self.one(norm @ nodes)))

    return Graph()


@entry(draw(1, 16, 1, 1))
def gan():
    return nn.Sequential(
        nn.ConvTranspose2d(16, 8, 4, 1, 0), nn.ReLU(), nn.ConvTranspose2d(8, 3, 4, 2, 1), nn.Tanh()
    )


@entry(draw(1, 8))
def highway():
    class H(nn.Module):
        def __init__(self):
            super().__init__()
            self.t = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
            self.h = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
            self.out = nn.Linear(8, 2)

        def forward(self, x):
            for t, h in zip(self.t, self.h, strict=True):
                g = torch.sigmoid(t(x))
                x = g * torch.relu(h(x)) + (1 - g) * x
            return self.out(x)

    return H()


@entry(draw(1, 8))
def deep_cross():
    class C(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.ParameterList(nn.Parameter(torch.randn(8, 1) * 0.3) for _ in range(3))
            self.b = nn.ParameterList(nn.Parameter(torch.zeros(8)) for _ in range(3))
            self.out = nn.Linear(8, 1)

        def forward(self, x):
            x0 = x
            for w, b in zip(self.w, self.b, strict=True):
                x = x0 * (x @ w) + b + x
            return torch.sigmoid(self.out(x))

    return C()


@entry(draw(1, 6))
def flow():
    class Coupling(nn.Module):
        def __init__(self, flip):
            super().__init__()
            self.flip = flip
            self.net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 6))

        def forward(self, x):
            a, b = x.chunk(2, -1)
            if self.flip:
                a, b = b, a
            t, log = self.net(a).chunk(2, -1)
            b = b * torch.exp(torch.tanh(log)) + t
            return torch.cat([b, a] if self.flip else [a, b], -1), torch.tanh(log).sum(-1)

    class Flow(nn.Module):
        def __init__(self):
            super().__init__()
            self.steps = nn.ModuleList(Coupling(i % 2 == 1) for i in range(3))

        def forward(self, x):
            total = 0
            for step in self.steps:
                x, log = step(x)
                total = total + log
            return x, total

    return Flow()


@entry(tokens(20, 1, 3, 4), tokens(20, 1, 4))
def memory():
    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Embedding(20, 8)
            self.c = nn.Embedding(20, 8)
            self.q = nn.Embedding(20, 8)
            self.out = nn.Linear(8, 20)

        def forward(self, story, question):
            u = self.q(question).sum(1)
            for _ in range(2):
                m, c = self.a(story).sum(2), self.c(story).sum(2)
                p = (m @ u[..., None]).squeeze(-1).softmax(-1)
                u = u + (p[..., None] * c).sum(1)
            return self.out(u)

    return M()


@entry(draw(1, 6))
def equilibrium():
    class E(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Linear(6, 6)
            self.u = nn.Linear(6, 6)
            self.out = nn.Linear(6, 2)

        def forward(self, x):
            z = torch.zeros_like(x)
            for _ in range(8):
                z = torch.tanh(self.w(z) * 0.5 + self.u(x))
            return self.out(z)

    return E()


@entry(draw(1, 4))
def buffer_rewritten():
    class B(nn.Module):
        def __init__(self):
            super().__init__()
            self.l = nn.Linear(4, 4)
            self.register_buffer("mean", torch.zeros(4))

        def forward(self, x):
            y = self.l(x)
            self.mean = 0.9 * self.mean + 0.1 * y.detach().mean(0)
            return y - self.mean

    return B()


@entry(draw(1, 6, 8), draw(1, 4, 8))
def transformer_decoder():
    return nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), 2)


@entry(draw(1, 4, 6, 8))
def axial_attention():
    class A(nn.Module):
        def __init__(self):
            super().__init__()
            self.row = nn.MultiheadAttention(8, 2, batch_first=True)
            self.col = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 3)

        def forward(self, x):
            b, h, w, c = x.shape
            r = x.reshape(b * h, w, c)
            x = x + self.row(r, r, r)[0].reshape(b, h, w, c)
            k = x.transpose(1, 2).reshape(b * w, h, c)
            x = x + self.col(k, k, k)[0].reshape(b, w, h, c).transpose(1, 2)
            return self.head(x.mean((1, 2)))

    return A()


@entry(draw(1, 5, 4))
def packed():
    class P(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 6, batch_first=True)
            self.head = nn.Linear(6, 2)

        def forward(self, x):
            p = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([4] * len(x)), batch_first=True)
            _, (h, _) = self.rnn(p)
            return self.head(h[-1])

    return P()


@entry(draw(6, 4), draw(2, 4))
def prototypes():
    class P(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))

        def forward(self, support, query):
            proto = self.e(support).view(3, 2, 3).mean(1)
            return (-torch.cdist(self.e(query), proto)).softmax(-1)

    return P()


@entry(draw(1, 3))
def nerf():
    class N(nn.Module):
        def __init__(self):
            super().__init__()
            self.l = nn.Sequential(nn.Linear(18, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU())
            self.density = nn.Linear(16, 1)
            self.colour = nn.Linear(19, 3)

        def forward(self, ray):
            t = torch.linspace(0, 1, 6)
            p = t[:, None] * ray
            f = torch.cat([g(p * k) for k in (1, 2, 4) for g in (torch.sin, torch.cos)], -1)
            h = self.l(f)
            d = F.softplus(self.density(h))
            c = torch.sigmoid(self.colour(torch.cat([h, ray.expand(6, 3)], -1)))
            a = 1 - torch.exp(-d / 6)
            tr = torch.cumprod(torch.cat([torch.ones(1, 1), 1 - a[:-1]]), 0)
            return (a * tr * c).sum(0)

    return N()


@entry(draw(1, 1, 8, 8), lambda: (torch.rand(1, 1, 8, 8) > 0.3).float())
def partial_conv():
    class P(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Conv2d(1, 2, 3, padding=1, bias=False)
            self.head = nn.Conv2d(2, 1, 1)

        def forward(self, x, mask):
            with torch.no_grad():
                n = F.conv2d(mask, torch.ones(1, 1, 3, 3), padding=1)
            return self.head(torch.relu(self.c(x * mask) * 9 / n.clamp(min=1)))

    return P()


@entry(draw(1, 5))
def in_place():
    class P(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(5))

        def forward(self, x):
            y = x.clone()
            y.mul_(self.w)
            y.add_(1.0)
            y.clamp_(min=0)
            return y

    return P()


@entry(draw(1, 16, 6))
def tcn():
    return nn.Sequential(
        nn.Conv1d(16, 8, 9, padding=4),
        nn.ReLU(),
        nn.Conv1d(8, 8, 3, padding=2, dilation=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    )


@entry(draw(1, 8))
def vq():
    class V(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc = nn.Linear(8, 4)
            self.codes = nn.Embedding(6, 4)
            self.dec = nn.Linear(4, 8)

        def forward(self, x):
            z = self.enc(x)
            i = torch.cdist(z, self.codes.weight).argmin(-1)
            q = self.codes(i)
            return self.dec(z + (q - z).detach()), i

    return V()


@entry(draw(1, 16))
def moe():
    class M(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate = nn.Linear(16, 4)
            self.experts = nn.ModuleList(nn.Linear(16, 8) for _ in range(4))
            self.out = nn.Linear(8, 2)

        def forward(self, x):
            g = self.gate(x).softmax(-1)
            return self.out(sum(g[:, i : i + 1] * e(x) for i, e in enumerate(self.experts)))

    return M()


@entry(draw(1, 3, 16, 16))
def squeeze_excite():
    class S(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Conv2d(3, 8, 3, padding=1)
            self.dw = nn.Conv2d(8, 8, 3, padding=1, groups=8)
            self.a = nn.Linear(8, 2)
            self.b = nn.Linear(2, 8)
            self.out = nn.Linear(8, 3)

        def forward(self, x):
            y = F.silu(self.dw(F.silu(self.c(x))))
            w = torch.sigmoid(self.b(F.relu(self.a(y.mean((2, 3))))))
            return self.out((y * w[..., None, None]).mean((2, 3)))

    return S()


@entry(draw(1, 2, 16, 16))
def unet():
    class U(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Conv2d(2, 4, 3, padding=1)
            self.b = nn.Conv2d(4, 8, 3, padding=1)
            self.c = nn.Conv2d(12, 4, 3, padding=1)
            self.o = nn.Conv2d(4, 1, 1)

        def forward(self, x):
            a = F.relu(self.a(x))
            b = F.relu(self.b(F.max_pool2d(a, 2)))
            return self.o(F.relu(self.c(torch.cat([a, F.interpolate(b, scale_factor=2)], 1))))

    return U()


@entry(draw(1, 4, 2, 8, 8))
def convlstm():
    class C(nn.Module):
        def __init__(self):
            super().__init__()
            self.g = nn.Conv2d(2 + 4, 16, 3, padding=1)
            self.o = nn.Conv2d(4, 1, 1)

        def forward(self, x):
            h = c = torch.zeros(len(x), 4, 8, 8)
            for t in range(x.shape[1]):
                i, f, o, g = self.g(torch.cat([x[:, t], h], 1)).chunk(4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            return self.o(h)

    return C()


@entry(draw(1, 6))
def spiking():
    class S(nn.Module):
        def __init__(self):
            super().__init__()
            self.l = nn.Linear(6, 4)
            self.o = nn.Linear(4, 2)
            nn.init.normal_(self.l.weight, std=1.5)  # smaller ones never reach what lets a neuron fire

        def forward(self, x):
            v = torch.zeros(len(x), 4)
            n = 0
            for _ in range(5):
                v = 0.9 * v + self.l(x)
                sp = (v > 1).float()
                v = v - sp
                n = n + sp
            return self.o(n / 5)

    return S()


@entry(draw(1, 8), draw(1, 8))
def siamese():
    class S(nn.Module):
        def __init__(self):
            super().__init__()
            self.t = nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 4))

        def forward(self, a, b):
            return F.cosine_similarity(self.t(a), self.t(b))

    return S()


@entry(draw(1, 64))
def mlp():
    return nn.Sequential(*[m for i in range(6) for m in (nn.Linear(64, 64), nn.GELU())], nn.Linear(64, 10))


@entry(draw(1, 9, 3))
def pointnet():
    class P(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Conv1d(3, 8, 1)
            self.b = nn.Conv1d(8, 16, 1)
            self.o = nn.Linear(16, 4)

        def forward(self, p):
            return self.o(F.relu(self.b(F.relu(self.a(p.transpose(1, 2))))).max(-1).values)

    return P()


@entry(lambda: [torch.randn(1, 4), torch.randn(1, 4)], draw(1, 4))
def loops():
    class L(nn.Module):
        def __init__(self):
            super().__init__()
            self.l = nn.Linear(4, 4)

        def forward(self, xs, y):
            out = []
            for x in xs:
                y = torch.tanh(self.l(x) + y)
                out.append(y)
            return out

    return L()


@entry(draw(1, 4))
def shared_linear():
    class L(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(4, 4))
            self.b = nn.Parameter(torch.zeros(4))
            self.k = nn.Linear(4, 4)

        def forward(self, x):
            y = x.mm(self.w) + self.b
            y = F.linear(torch.relu(y), self.w, self.b)
            return self.k.forward(y)

    return L()


class MixerBlock(nn.Module):
    def __init__(self, rows, wide):
        super().__init__()
        self.norm, self.norm2 = nn.LayerNorm(wide), nn.LayerNorm(wide)
        self.tokens = nn.Sequential(nn.Linear(rows, 12), nn.GELU(), nn.Linear(12, rows))
        self.channels = nn.Sequential(nn.Linear(wide, 16), nn.GELU(), nn.Linear(16, wide))

    def forward(self, x):
        x = x + self.tokens(self.norm(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norm2(x))


@entry(draw(1, 3, 16, 16))
def mixer():
    class Mixer(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 4, 4)
            self.blocks = nn.Sequential(*(MixerBlock(16, 8) for _ in range(3)))
            self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 4)

        def forward(self, x):
            return self.head(self.norm(self.blocks(self.stem(x).flatten(2).transpose(1, 2))).mean(1))

    return Mixer()


@entry(draw(6, 5), lambda: ((torch.rand(6, 6) > 0.5) | torch.eye(6).bool()).float())
def graph_attention():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.w, self.out = nn.Linear(5, 8, bias=False), nn.Linear(8, 3)
            self.source, self.target = nn.Linear(8, 1, bias=False), nn.Linear(8, 1, bias=False)

        def forward(self, nodes, adjacency):
            h = self.w(nodes)
            scores = F.leaky_relu(self.source(h) + self.target(h).transpose(0, 1), 0.2)
            shares = scores.masked_fill(adjacency == 0, float("-inf")).softmax(-1)
            return self.out(F.elu(shares @ h))

    return Attention()


@entry(draw(1, 9, 3))
def perceiver():
    class Perceiver(nn.Module):
        def __init__(self):
            super().__init__()
            self.latents, self.enter = nn.Parameter(torch.randn(4, 8)), nn.Linear(3, 8)
            self.cross = nn.MultiheadAttention(8, 2, batch_first=True)
            self.layers = nn.ModuleList(
                nn.TransformerEncoderLayer(8, 2, 16, batch_first=True) for _ in range(2)
            )
            self.head = nn.Linear(8, 3)

        def forward(self, x):
            rows, latents = self.enter(x), self.latents.expand(len(x), 4, 8)
            z = latents + self.cross(latents, rows, rows)[0]
            for layer in self.layers:
                z = layer(z)
            return self.head(z.mean(1))

    return Perceiver()


@entry(draw(1, 32, 4))
def hyena():
    class Long(nn.Module):
        def __init__(self, width=4, steps=32):
            super().__init__()
            self.enter, self.leave = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.short = nn.Conv1d(3 * width, 3 * width, 3, padding=2, groups=3 * width)
            self.filter = nn.Parameter(torch.randn(width, steps) * 0.1)

        def forward(self, u):
            n = u.shape[1]
            a, b, v = self.short(self.enter(u).transpose(1, 2))[..., :n].chunk(3, 1)
            seen = torch.fft.rfft(v * a, 2 * n) * torch.fft.rfft(self.filter, 2 * n)
            return self.leave((torch.fft.irfft(seen, 2 * n)[..., :n] * b).transpose(1, 2))

    class H(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList(Long() for _ in range(2))
            self.norms = nn.ModuleList(nn.LayerNorm(4) for _ in range(2))
            self.head = nn.Linear(4, 3)

        def forward(self, x):
            for block, norm in zip(self.blocks, self.norms, strict=True):
                x = x + block(norm(x))
            return self.head(x.mean(1))

    return H()


@entry(draw(1, 4), tokens(10, 1), tokens(8, 1, 3), names=("dense", "item", "history"))
def dlrm():
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.bottom = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 5))
            self.items, self.visits = nn.Embedding(10, 5), nn.EmbeddingBag(8, 5, mode="sum")
            self.top = nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 1))

        def forward(self, dense, item, history):
            d = self.bottom(dense)
            z = torch.stack([d, self.items(item), self.visits(history)], 1)
            rows, columns = torch.tril_indices(3, 3, -1)
            pairs = (z @ z.transpose(1, 2))[:, rows, columns]
            return torch.sigmoid(self.top(torch.cat([d, pairs], 1)))

    return D()
