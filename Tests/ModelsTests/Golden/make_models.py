"""Makes resnet20.json, vgg11.json and unet.json: three networks in PyTorch, float64, three SGD steps.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu
    venv/bin/python make_models.py

What the files hold, and how every number in them is made, is in README.md beside this script.
The script takes another seed when numbers could not be compared to 1e-9: a ReLU within 1e-9 of its kink, a
max-pool window within 1e-9 of a tie, or results that move by more than 1e-11 when every pixel moves by 1e-15
or when every sum over channels and images is added in the opposite order.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import hashed_numbers as hashed

EPSILON, MOMENTUM = 1e-5, 0.1
SGD = {"learningRate": 0.1, "momentum": 0.9, "weightDecay": 5e-4, "nesterov": False}
STEPS = 3
MARGIN = 1e-9
CONDITION = 1e-11


class Norm(nn.Module):
    """Batch normalisation written out, so that both running variances are at hand.

    Normalises by the biased variance of the batch (division by n), as PyTorch does too.
    `variance_biased` averages that variance; `variance_unbiased` averages it times n / (n - 1),
    which is what PyTorch keeps.
    """

    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))
        self.mean = torch.zeros(channels)
        self.variance_biased = torch.ones(channels)
        self.variance_unbiased = torch.ones(channels)
        self.inference_with = None

    def forward(self, x):
        if self.inference_with is not None:
            variance = getattr(self, "variance_" + self.inference_with)
            return F.batch_norm(x, self.mean, variance, self.scale, self.offset, False, 0.0, EPSILON)
        with torch.no_grad():
            biased = x.var((0, 2, 3), correction=0)
            self.mean = (1 - MOMENTUM) * self.mean + MOMENTUM * x.mean((0, 2, 3))
            self.variance_biased = (1 - MOMENTUM) * self.variance_biased + MOMENTUM * biased
        # PyTorch's own kernel makes the result and the unbiased average.
        mean = torch.zeros_like(self.mean)
        running = self.variance_unbiased.clone()
        y = F.batch_norm(x, mean, running, self.scale, self.offset, True, MOMENTUM, EPSILON)
        self.variance_unbiased = running
        return y


class Probe:
    """The smallest distance of any ReLU input to zero and of any max-pool window to a tie."""

    relu = pool = float("inf")


def relu(x):
    Probe.relu = min(Probe.relu, x.detach().abs().min().item())
    return F.relu(x)


def max_pool(x):
    """2x2, stride 2. A tie between zeros is harmless: the ReLU before the pool stops that gradient."""
    windows = F.unfold(x.detach().flatten(0, 1)[:, None], 2, stride=2)
    top = windows.topk(2, dim=1).values
    gap = (top[:, 0] - top[:, 1])[top[:, 0] > 0]
    Probe.pool = min(Probe.pool, gap.min().item())
    return F.max_pool2d(x, 2)


class Convolution(nn.Conv2d):
    """A convolution that can add its products in the opposite order: the same function, other rounding."""

    backwards = False

    def forward(self, x):
        if not Convolution.backwards:
            return super().forward(x)
        return self._conv_forward(x.flip(1), self.weight.flip(1), self.bias)


def convolution(channels_in, channels_out, size=3, stride=1):
    return Convolution(channels_in, channels_out, size, stride, size // 2, bias=False)


class ConvNorm(nn.Module):
    def __init__(self, channels_in, channels_out, size=3, stride=1):
        super().__init__()
        self.conv = convolution(channels_in, channels_out, size, stride)
        self.norm = Norm(channels_out)

    def forward(self, x):
        return self.norm(self.conv(x))


class BasicBlock(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1, self.norm1 = convolution(channels_in, channels, 3, stride), Norm(channels)
        self.conv2, self.norm2 = convolution(channels, channels), Norm(channels)
        changes = stride != 1 or channels_in != channels
        self.shortcut = ConvNorm(channels_in, channels, 1, stride) if changes else None

    def forward(self, x):
        y = self.norm2(self.conv2(relu(self.norm1(self.conv1(x)))))
        return relu(y + (self.shortcut(x) if self.shortcut else x))


class ResNet20(nn.Module):
    """He et al. 2015, section 4.2, with projection shortcuts (option B)."""

    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(3, 16)
        channels_in = 16
        for stage, channels in enumerate([16, 32, 64]):
            blocks = []
            for block in range(3):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(BasicBlock(channels_in, channels, stride))
                channels_in = channels
            setattr(self, f"stage{stage + 1}", nn.Sequential(*blocks))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.stage3(self.stage2(self.stage1(relu(self.stem(x)))))
        return self.head(x.mean((2, 3)))


class ConvNormRelu(ConvNorm):
    def forward(self, x):
        return relu(super().forward(x))


class MaxPool(nn.Module):
    def forward(self, x):
        return max_pool(x)


class VGG11(nn.Module):
    """VGG-11's convolutions with an eighth of the channels, batch norm, and one linear layer."""

    def __init__(self):
        super().__init__()
        layers, channels_in = [], 3
        for item in [8, "pool", 16, "pool", 32, 32, "pool", 64, 64, "pool", 64, 64, "pool"]:
            if item == "pool":
                layers.append(MaxPool())
            else:
                layers.append(ConvNormRelu(channels_in, item))
                channels_in = item
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


class DoubleConv(nn.Module):
    def __init__(self, channels_in, channels):
        super().__init__()
        self.conv1, self.norm1 = convolution(channels_in, channels), Norm(channels)
        self.conv2, self.norm2 = convolution(channels, channels), Norm(channels)

    def forward(self, x):
        return relu(self.norm2(self.conv2(relu(self.norm1(self.conv1(x))))))


class DecoderBlock(DoubleConv):
    def __init__(self, channels_in, channels):
        super().__init__(2 * channels, channels)
        self.up = nn.ConvTranspose2d(channels_in, channels, 2, 2)

    def forward(self, skip, x):
        return super().forward(torch.cat([skip, self.up(x)], 1))


class UNet(nn.Module):
    """Depth 3, base 4; decoder[0] is the deepest; the skip's channels come first."""

    def __init__(self, depth=3, base=4):
        super().__init__()
        widths = [base << level for level in range(depth)]
        self.encoder = nn.ModuleList(
            DoubleConv(1 if level == 0 else widths[level - 1], widths[level]) for level in range(depth))
        self.bottom = DoubleConv(widths[-1], base << depth)
        self.decoder = nn.ModuleList(DecoderBlock(2 * width, width) for width in reversed(widths))
        self.head = nn.Conv2d(base, 1, 1)

    def forward(self, x):
        skips = []
        for block in self.encoder:
            skips.append(block(x))
            x = max_pool(skips[-1])
        x = self.bottom(x)
        for block, skip in zip(self.decoder, reversed(skips)):
            x = block(skip, x)
        return self.head(x)


def ours(tensor, kind):
    """A PyTorch tensor as a float64 array in our layout.

    Convolution [out, in, kh, kw] -> [kh, kw, in, out]; transposed convolution [in, out, kh, kw] ->
    [kh, kw, out, in]; linear [out, in] -> [in, out]; images [n, c, h, w] -> [n, h, w, c].
    """
    order = {"kernel": (2, 3, 1, 0), "dense": (1, 0), "image": (0, 2, 3, 1)}.get(kind)
    array = tensor.detach().numpy()
    return array.transpose(order) if order else array


def torch_layout(array, kind):
    order = {"kernel": (3, 2, 0, 1), "dense": (1, 0), "image": (0, 3, 1, 2)}.get(kind)
    return torch.from_numpy(np.ascontiguousarray(array.transpose(order) if order else array))


def initial(seed, name, parameter):
    """The starting value, the kind of layout and the description that goes into the file."""
    kind = {4: "kernel", 2: "dense"}.get(parameter.dim(), "vector")
    shape = ours(parameter, kind).shape
    u = hashed.uniform(f"{seed}/{name}", parameter.numel()).reshape(shape)
    description = {"name": name, "shape": list(shape)}
    if kind == "vector":
        description["start"] = "scale" if name.endswith(".scale") else "offset"
        value = 1.0 + 0.1 * u if name.endswith(".scale") else 0.1 * u
    else:
        # The inputs that meet in one output of a convolution: kh * kw * in.
        # For a transposed convolution: kh * kw * in of its own input.
        inputs = shape[3] if ".up." in name else shape[-2]
        fan = inputs * int(np.prod(shape[:-2]))
        description.update(start="weight", fan=fan)
        value = np.sqrt(6.0 / fan) * u
    with torch.no_grad():
        parameter.copy_(torch_layout(value, kind))
    return kind, value, description


def run(make, seed, input_shape, targets, nudge=0.0, backwards=False):
    """Three steps of SGD. Returns every number that goes into the file.

    `nudge` moves every pixel by that relative amount, up or down; `backwards` turns the order of the images
    and of the channels around wherever that changes nothing but the order of additions.
    """
    model = make()
    parts = {name: initial(seed, name, p) for name, p in model.named_parameters()}
    images = hashed.uniform(f"{seed}/input", int(np.prod(input_shape)))
    if nudge:
        signs = np.sign(hashed.uniform("nudge", images.size))
        images = images * (1 + nudge * signs)
    x = torch_layout(images.reshape(input_shape), "image")
    Convolution.backwards = backwards
    x = x.flip(0) if backwards else x

    def forward():
        y = model(x)
        return y.flip(0) if backwards else y

    optimizer = torch.optim.SGD(
        model.parameters(), lr=SGD["learningRate"], momentum=SGD["momentum"],
        weight_decay=SGD["weightDecay"])
    norms = [(n, m) for n, m in model.named_modules() if isinstance(m, Norm)]

    def output_digest(y):
        if y.dim() == 2:
            return {"shape": list(y.shape), "values": y.detach().numpy().reshape(-1).tolist()}
        array = ours(y, "image")
        return {"shape": list(array.shape), **hashed.digest(array, f"{seed}/logits", first=64)}

    def loss_of(y):
        if y.dim() == 2:
            return F.cross_entropy(y, torch.tensor(targets))
        return F.binary_cross_entropy_with_logits(y, torch_layout(targets, "image"))

    losses = []
    for step in range(STEPS):
        y = forward()
        loss = loss_of(y)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            logits = output_digest(y)
            gradients = {n: ours(p.grad, parts[n][0]).copy() for n, p in model.named_parameters()}
        optimizer.step()

    parameters = []
    for name, p in model.named_parameters():
        kind, start, description = parts[name]
        after, key = ours(p, kind), f"{seed}/{name}"
        moved = hashed.digest(after - start, key)
        parameters.append({
            **description,
            "startSum": float(np.sum(start.astype(np.longdouble))),
            "gradient": hashed.digest(gradients[name], key),
            "after": hashed.digest(after, key, first=2),
            "moved": {k: moved[k] for k in ("norm", "projections")},
        })
    buffers = []
    for name, norm in norms:
        for buffer, value in [
            ("runningMean", norm.mean), ("runningVariance.biased", norm.variance_biased),
            ("runningVariance.unbiased", norm.variance_unbiased),
        ]:
            key = f"{seed}/{name}.{buffer.split('.')[0]}"
            buffers.append({
                "name": f"{name}.{buffer.split('.')[0]}", "shape": list(value.shape),
                "variance": buffer.split(".")[-1] if "." in buffer else None,
                **hashed.digest(value.numpy(), key, first=2)})
    inference = {}
    for which in ["biased", "unbiased"]:
        for _, norm in norms:
            norm.inference_with = which
        with torch.no_grad():
            y = forward()
        inference[which] = {**output_digest(y), "loss": loss_of(y).item()}
    return {
        "logits": logits, "losses": losses, "inference": inference,
        "parameters": parameters, "buffers": buffers,
    }


def compared(a, b, count=1):
    """(expected, other, scale) for every number of two runs: the scales that README.md prescribes."""
    count = int(np.prod(a.get("shape", count)))
    for key, value in a.items():
        if isinstance(value, dict):
            yield from compared(value, b[key], count)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for left, right in zip(value, b[key]):
                yield from compared(left, right, count)
        else:
            if key in ("sum", "norm", "projections"):
                floor = a["norm"]
            elif key == "first":
                floor = a["norm"] / np.sqrt(count)
            elif key == "values":
                floor = np.max(np.abs(value))
            elif key in ("losses", "loss"):
                floor = 0
            else:
                continue
            for left, right in zip(np.ravel(value), np.ravel(b[key])):
                yield left, right, max(abs(left), floor)


def worst(a, b):
    """The largest difference over its scale, and over the number itself."""
    pairs = list(compared(a, b))
    scaled = max(abs(left - right) / scale for left, right, scale in pairs)
    return float(scaled), float(max(abs(left - right) / abs(left) for left, right, _ in pairs))


def make_file(folder, name, make, input_shape, targets_of, loss):
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for attempt in range(1, 20):
        seed = f"{name}-{attempt}"
        targets, stored = targets_of(seed)
        Probe.relu = Probe.pool = float("inf")
        record = run(make, seed, input_shape, targets)
        margins = {"relu": Probe.relu, "pool": None if Probe.pool == float("inf") else Probe.pool}
        nudged, nudged_strictly = worst(record, run(make, seed, input_shape, targets, nudge=1e-15))
        turned, turned_strictly = worst(record, run(make, seed, input_shape, targets, backwards=True))
        print(f"{seed}: losses {record['losses']}, inference loss "
              f"{record['inference']['biased']['loss']:.4f}, margins {margins}; a nudge of 1e-15 moves by "
              f"{nudged:.1e} ({nudged_strictly:.1e} without the floors), opposite order by "
              f"{turned:.1e} ({turned_strictly:.1e})")
        if min(Probe.relu, Probe.pool) > MARGIN and max(nudged, turned) < CONDITION:
            break
    else:
        sys.exit(f"{name}: no seed keeps its distance from kinks and ties")
    hashed.write(folder / f"{name}.json", {
        "model": name, "seed": seed, "torch": torch.__version__,
        "input": {"shape": list(input_shape)}, "targets": stored, "lossFunction": loss,
        "optimizer": {"kind": "SGD", **SGD, "steps": STEPS},
        "norm": {"epsilon": EPSILON, "momentum": MOMENTUM},
        "conditioning": {
            "reluMargin": margins["relu"], "poolMargin": margins["pool"],
            "movedByInputNudgeOf1e-15": nudged, "movedByOppositeOrderOfAddition": turned},
        **record,
    })


def labels(seed):
    values = [int(v % np.uint64(10)) for v in hashed.splitmix(f"{seed}/labels", 4)]
    return values, values


def mask(seed):
    shape = (2, 32, 32, 1)
    u = hashed.uniform(f"{seed}/mask", int(np.prod(shape)))
    values = (u > 0.5).astype(np.float64).reshape(shape)
    return values, {"shape": list(shape), "ones": int(values.sum())}


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    classes = "mean cross entropy"
    make_file(folder, "resnet20", ResNet20, (4, 32, 32, 3), labels, classes)
    make_file(folder, "vgg11", VGG11, (4, 32, 32, 3), labels, classes)
    make_file(
        folder, "unet", UNet, (2, 32, 32, 1), mask, "mean binary cross entropy with logits")
