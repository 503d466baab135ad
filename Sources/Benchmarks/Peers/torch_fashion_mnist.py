"""ResNet-20 or VGG-11 on Fashion-MNIST in PyTorch, with the recipe of `tapegrad train`.

Written for torch==2.13.0+cpu:

    OMP_PROC_BIND=true GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:\
glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=268435456 \
        venv/bin/python torch_fashion_mnist.py DIRECTORY [EPOCHS [SEED [resnet20 | vgg11 [STEPS]]]]

DIRECTORY holds the four IDX files, packed or not. The recipe: batches of 64 of 58,000 images, normalised, shifted
by up to 2 pixels and mirrored at random (a whole batch by one indexing), SGD with Nesterov momentum 0.9, weight decay
5e-4 on weights only, a one-cycle schedule to 0.2 (VGG-11: 0.02, of images with a border of 2), label smoothing 0.05,
and an average of the weights with decay 0.998, which is tested. It prints seconds of training for each epoch, and the
test accuracy of the averaged weights, asked once and with the mirror image. With STEPS it ends after so many, and
prints what one takes: the time of the later half by its steps.
"""

import gzip
import math
import os
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

BATCH, VALIDATION, DECAY, RISE = 64, 2000, 5e-4, 0.25
SMOOTHING, AVERAGE = 0.05, 0.998


def read(directory, name):
    for path, opener in ((name + ".gz", gzip.open), (name, open)):
        path = os.path.join(directory, path)
        if os.path.exists(path):
            with opener(path, "rb") as file:
                data = file.read()
            rank = data[3]
            shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
            return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * rank).reshape(shape)
    sys.exit(f"{directory} has no {name}")


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = functional.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        y += x if self.shortcut is None else self.shortcut(x)
        return functional.relu(y, inplace=True)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)
        )
        blocks, inputs = [], 16
        for stage, outputs in enumerate((16, 32, 64)):
            for index in range(3):
                blocks.append(Block(inputs, outputs, 2 if stage > 0 and index == 0 else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


class VGG11(nn.Module):
    """Configuration A with batch norm and a linear head; five halvings need 32 pixels a side."""

    def __init__(self):
        super().__init__()
        layers, inputs = [], 1
        for stage in ([64], [128], [256, 256], [512, 512], [512, 512]):
            for width in stage:
                layers += [nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
                inputs = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(inputs, 10)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


def augmented(images, generator):
    """Each image shifted by up to two pixels and mirrored half of the time."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (2, 2, 2, 2))
    rows = torch.randint(0, 5, (count, 1, 1), generator=generator) + torch.arange(height)[None, :, None]
    columns = torch.randint(0, 5, (count, 1, 1), generator=generator) + torch.arange(width)[None, None]
    mirrored = torch.rand(count, 1, 1, generator=generator) < 0.5
    columns = torch.where(mirrored, columns.flip(2), columns)
    return padded[torch.arange(count)[:, None, None], 0, rows, columns][:, None]


def one_cycle(progress):
    if progress < RISE:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * progress / RISE)) / 2
    return 1e-4 + (1 - 1e-4) * (1 + math.cos(math.pi * (progress - RISE) / (1 - RISE))) / 2


def main():
    directory = sys.argv[1]
    epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    network, rate, border = {"resnet20": (ResNet20, 0.2, 0), "vgg11": (VGG11, 0.02, 2)}[
        sys.argv[4] if len(sys.argv) > 4 else "resnet20"
    ]
    limit = int(sys.argv[5]) if len(sys.argv) > 5 else None
    torch.set_num_threads(2)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    images = torch.from_numpy(read(directory, "train-images-idx3-ubyte").astype(numpy.float32) / 255)
    labels = torch.from_numpy(read(directory, "train-labels-idx1-ubyte").astype(numpy.int64))
    tests = torch.from_numpy(read(directory, "t10k-images-idx3-ubyte").astype(numpy.float32) / 255)
    answers = torch.from_numpy(read(directory, "t10k-labels-idx1-ubyte").astype(numpy.int64))
    images, labels = images[:-VALIDATION, None], labels[:-VALIDATION]
    images, tests = (functional.pad(x, (border, border, border, border)) for x in (images, tests))
    mean, deviation = images.mean(), images.std()
    images, tests = (images - mean) / deviation, (tests[:, None] - mean) / deviation

    model = network().to(memory_format=torch.channels_last)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": DECAY}, {"params": others, "weight_decay": 0}],
        lr=rate, momentum=0.9, nesterov=True,
    )
    state = model.state_dict(keep_vars=True)
    averaged = [value.detach() for value in state.values() if value.is_floating_point()]
    average = [value.clone() for value in averaged]
    steps = len(images) // BATCH
    for epoch in range(epochs):
        model.train()
        start = time.perf_counter()
        order = torch.randperm(len(images), generator=generator)
        for step in range(steps):
            if limit and step == limit // 2:
                half = time.perf_counter()
            if limit and step == limit:
                each = (time.perf_counter() - half) / (limit - limit // 2)
                print(f"{each * 1000:.1f} ms a step")
                return
            for group in optimizer.param_groups:
                group["lr"] = rate * one_cycle((epoch * steps + step) / (epochs * steps))
            chosen = order[step * BATCH : (step + 1) * BATCH]
            batch = augmented(images[chosen], generator).to(memory_format=torch.channels_last)
            optimizer.zero_grad(set_to_none=True)
            loss = functional.cross_entropy(model(batch), labels[chosen], label_smoothing=SMOOTHING)
            loss.backward()
            optimizer.step()
            done = epoch * steps + step + 1
            torch._foreach_lerp_(average, averaged, 1 - min(AVERAGE, (1 + done) / (10 + done)))
        print(f"epoch {epoch + 1}: {time.perf_counter() - start:.1f} s, loss {loss.item():.4f}", flush=True)

    for value, mean_value in zip(averaged, average):
        value.copy_(mean_value)
    model.eval()
    once = both = 0
    with torch.no_grad():
        for start in range(0, len(tests), 500):
            batch = tests[start : start + 500].to(memory_format=torch.channels_last)
            truth = answers[start : start + 500]
            first = functional.softmax(model(batch), 1)
            second = functional.softmax(model(batch.flip(3)), 1)
            once += (first.argmax(1) == truth).sum().item()
            both += ((first + second).argmax(1) == truth).sum().item()
    print(f"test accuracy {once / len(tests):.4f}, with the mirror image {both / len(tests):.4f}")


if __name__ == "__main__":
    main()
