"""PyTorch's side of the comparisons that `Benchmarks` makes.

Written for torch==2.13.0+cpu:

    python3 -m venv venv
    venv/bin/pip install "torch==2.13.0+cpu" numpy --extra-index-url https://download.pytorch.org/whl/cpu

It reads one JSON request from each line of standard input and answers with one JSON line:

    {"request": "hello", "threads": 2}
    {"request": "training", "workload": "resnet18", "bfloat16": false, "channels_last": true}
                                                                         makes it, four steps
    {"request": "steps", "seconds": 1.0}                                 times steps of it
    {"request": "convolution", "batch": 8, "height": 32, ...}            makes one
    {"request": "functions", "seconds": 0.01}                            times its functions

PyTorch is at its best with channels-last tensors, bound threads and an allocator that keeps its
memory; `Benchmarks` sets the environment for the last two.
"""

import json
import os
import statistics
import sys
import time

PINNED = "2.13.0+cpu"

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    print(json.dumps({"error": f"torch cannot be imported ({error})", "missing": "torch"}))
    sys.exit(3)


# MARK: - The six networks


def conv_norm(inputs, outputs, size=3, stride=1):
    """A convolution without bias and the norm that takes the bias's place."""
    return [
        nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]


def conv_norm_relu(inputs, outputs):
    return [*conv_norm(inputs, outputs), nn.ReLU(inplace=True)]


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.residual = nn.Sequential(
            *conv_norm(inputs, outputs, stride=stride),
            nn.ReLU(inplace=True),
            *conv_norm(outputs, outputs),
        )
        fits = stride == 1 and inputs == outputs
        self.shortcut = None if fits else nn.Sequential(*conv_norm(inputs, outputs, 1, stride))
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x):
        around = x if self.shortcut is None else self.shortcut(x)
        return self.activation(self.residual(x) + around)


class ResNet(nn.Module):
    """A 3x3 stem, stages of basic blocks, the mean over the map, a linear head."""

    def __init__(self, widths, blocks):
        super().__init__()
        layers = conv_norm_relu(3, widths[0])
        inputs = widths[0]
        for stage, width in enumerate(widths):
            for block in range(blocks):
                layers.append(BasicBlock(inputs, width, 2 if stage > 0 and block == 0 else 1))
                inputs = width
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(inputs, 10)

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))


class UNet(nn.Module):
    """Four levels down and up again, with a 2x2 transposed convolution for each step up."""

    def __init__(self, base, depth=4):
        super().__init__()
        widths = [base << level for level in range(depth)]
        self.encoders = nn.ModuleList()
        inputs = 1
        for width in widths:
            self.encoders.append(self.double(inputs, width))
            inputs = width
        self.bottom = self.double(inputs, 2 * inputs)
        inputs *= 2
        self.ups = nn.ModuleList()
        self.decoders = nn.ModuleList()
        for width in reversed(widths):
            self.ups.append(nn.ConvTranspose2d(inputs, width, 2, stride=2))
            self.decoders.append(self.double(2 * width, width))
            inputs = width
        self.head = nn.Conv2d(inputs, 1, 1)

    @staticmethod
    def double(inputs, outputs):
        return nn.Sequential(*conv_norm_relu(inputs, outputs), *conv_norm_relu(outputs, outputs))

    def forward(self, x):
        skips = []
        for encoder in self.encoders:
            x = encoder(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for up, decoder, skip in zip(self.ups, self.decoders, reversed(skips)):
            x = decoder(torch.cat([skip, up(x)], 1))
        return self.head(x)


class VGG11(nn.Module):
    """Configuration A with batch norm and a linear head."""

    def __init__(self):
        super().__init__()
        layers = []
        inputs = 3
        for stage in ([64], [128], [256, 256], [512, 512], [512, 512]):
            for width in stage:
                layers += conv_norm_relu(inputs, width)
                inputs = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(inputs, 10)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.dense1 = nn.Linear(400, 120)
        self.dense2 = nn.Linear(120, 84)
        self.dense3 = nn.Linear(84, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2).flatten(1)
        return self.dense3(functional.relu(self.dense2(functional.relu(self.dense1(x)))))


WORKLOADS = {
    "resnet20": (lambda: ResNet([16, 32, 64], 3), (128, 3, 32, 32)),
    "resnet18": (lambda: ResNet([64, 128, 256, 512], 2), (32, 3, 32, 32)),
    "unet32": (lambda: UNet(32), (2, 1, 256, 256)),
    "unet64": (lambda: UNet(64), (1, 1, 512, 512)),
    "vgg11": (VGG11, (64, 3, 32, 32)),
    "lenet": (LeNet, (64, 1, 28, 28)),
}


# MARK: - One training step


class Training:
    """Forward, loss, backward, SGD with momentum."""

    def __init__(self, workload, bfloat16, channels_last):
        make, shape = WORKLOADS[workload]
        layout = torch.channels_last if channels_last else torch.contiguous_format
        torch.manual_seed(0)
        self.model = make().train().to(memory_format=layout)
        self.images = torch.randn(shape).contiguous(memory_format=layout)
        if workload.startswith("unet"):
            self.loss = functional.binary_cross_entropy_with_logits
            self.targets = (torch.rand(shape) > 0.5).float().contiguous(memory_format=layout)
        else:
            self.loss = functional.cross_entropy
            self.targets = torch.randint(0, 10, shape[:1])
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-3, momentum=0.9)
        self.bfloat16 = bfloat16

    def forward(self):
        if self.bfloat16:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                outputs = self.model(self.images)
            return self.loss(outputs.float(), self.targets)
        return self.loss(self.model(self.images), self.targets)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward()
        loss.backward()
        self.optimizer.step()
        return loss.item()


# MARK: - One convolution


class Convolution:
    """A convolution's functions on channels-last tensors, each on its own and in one step."""

    def __init__(self, batch, height, width, inputs, outputs, kernel, stride, padding, dilation,
                 groups):
        torch.manual_seed(0)
        last = torch.channels_last
        self.settings = ([stride] * 2, [padding] * 2, [dilation] * 2)
        self.groups = groups
        self.x = torch.randn(batch, inputs, height, width).to(memory_format=last)
        self.w = torch.randn(outputs, inputs // groups, kernel, kernel).to(memory_format=last)
        self.dy = torch.randn_like(self.forward())
        self.traced = [t.detach().clone().requires_grad_() for t in (self.x, self.w)]

    def functions(self):
        return {
            "forward": self.forward,
            "input": lambda: self.backward([True, False, False]),
            "kernel": lambda: self.backward([False, True, False]),
            "total": self.total,
        }

    def convolve(self, x, w):
        stride, padding, dilation = self.settings
        return functional.conv2d(x, w, None, stride, padding, dilation, self.groups)

    def forward(self):
        with torch.no_grad():
            return self.convolve(self.x, self.w)

    def backward(self, wanted):
        stride, padding, dilation = self.settings
        return torch.ops.aten.convolution_backward(
            self.dy, self.x, self.w, None, stride, padding, dilation, False, [0, 0], self.groups,
            wanted)

    def total(self):
        return torch.autograd.grad(self.convolve(*self.traced), self.traced, self.dy)


# MARK: - Answering


def timed(function, seconds, least):
    """Milliseconds of each call: `least` calls at least, more until the seconds are over."""
    times = []
    end = time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def peak_megabytes():
    """The largest resident size of this process, and of no process before it."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def process_age():
    """Milliseconds since the system started this process; none where it does not say."""
    try:
        with open("/proc/self/stat") as stat:
            ticks = int(stat.read().rpartition(")")[2].split()[19])
    except OSError:
        return None
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")) * 1e3


class Peer:
    def __init__(self):
        self.training = None
        self.convolution = None

    def answer(self, request):
        kind = request.pop("request")
        return getattr(self, "answer_" + kind)(**request)

    def answer_hello(self, threads):
        torch.set_num_threads(threads)
        return {"name": "torch", "version": torch.__version__, "pinned": PINNED}

    def answer_training(self, **settings):
        self.training = Training(**settings)
        self.training.step()
        first = process_age()
        for _ in range(3):
            self.training.step()
        return {"first_step_ms": first}

    def answer_steps(self, seconds):
        # The first step after a pause finds cold caches and sleeping threads.
        self.training.step()
        times = timed(self.training.step, seconds, least=1)
        return {"times_ms": times, "peak_rss_mb": peak_megabytes()}

    def answer_convolution(self, **sizes):
        self.convolution = None
        self.convolution = Convolution(**sizes)
        for function in self.convolution.functions().values():
            function()
            function()
        return {}

    def answer_functions(self, seconds):
        functions = self.convolution.functions()
        return {
            name: statistics.median(timed(function, seconds, least=2))
            for name, function in functions.items()
        }


def main():
    peer = Peer()
    for line in sys.stdin:
        try:
            answer = peer.answer(json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
