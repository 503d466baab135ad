"""Makes the golden files of the operations on sequences, images and volumes: see README.md.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu
    venv/bin/python make_spatial.py
"""

import pathlib
import sys

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1] / "LayersTests" / "Golden"))

import torch
import torch.nn.functional as F

import cases
from cases import case


def first(x):
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def text(values):
    return "x".join(str(v) for v in values)


def spaces(padding):
    """Front and back of each axis, as F.pad wants them: the last axis first."""
    return [side for axis in reversed(range(len(padding) // 2)) for side in padding[2 * axis: 2 * axis + 2]]


def convolutions():
    def make(image, kernel, stride=None, padding=None, dilation=None, groups=1):
        axes = len(image) - 2
        stride, dilation = stride or [1] * axes, dilation or [1] * axes
        padding = padding or [0] * (2 * axes)
        convolve = {1: F.conv1d, 3: F.conv3d}[axes]
        order = [axes + 1, axes, *range(axes)]

        def function(x, weight):
            x = F.pad(first(x), spaces(padding))
            return last(convolve(x, weight.permute(order), None, stride, 0, dilation, groups))

        attributes = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        name = f"conv {text(image)} {text(kernel)} stride {text(stride)} padding {text(padding)} "
        name += f"dilation {text(dilation)} groups {groups}"
        return case(name, "convolution", attributes, {"x": (image, 1.0), "weight": (kernel, 0.5)}, function)

    yield make((2, 7, 3), (3, 3, 4))
    yield make((2, 7, 3), (3, 3, 4), [2], [1, 1])
    yield make((2, 8, 2), (3, 2, 3), [2])
    yield make((1, 9, 2), (3, 2, 3), [1], [0, 2], [2])
    yield make((2, 6, 4), (3, 2, 6), groups=2)
    yield make((2, 6, 4), (3, 1, 4), [1], [1, 1], groups=4)
    yield make((1, 5, 3), (1, 3, 2))
    yield make((1, 30, 1), (9, 1, 3), [4], [4, 4])
    yield make((1, 1, 2), (3, 2, 2), [1], [1, 1])
    yield make((3, 11, 2), (2, 1, 2), [3], [1, 0], [4], groups=2)
    yield make((1, 3, 4, 4, 2), (2, 3, 2, 2, 3))
    yield make((2, 3, 3, 3, 2), (3, 3, 3, 2, 2), [1] * 3, [1] * 6)
    yield make((1, 5, 5, 6, 2), (3, 3, 3, 2, 3), [2] * 3, [1] * 6)
    yield make((1, 4, 5, 6, 2), (2, 2, 3, 2, 2), [2, 1, 3])
    yield make((1, 4, 3, 3, 2), (2, 2, 2, 2, 2), [1] * 3, [1, 0, 0, 2, 2, 1])
    yield make((1, 5, 5, 5, 1), (2, 3, 2, 1, 2), [1] * 3, [0] * 6, [2, 1, 3])
    yield make((1, 6, 5, 5, 2), (2, 2, 2, 2, 2), [2] * 3, [1] * 6, [2] * 3)
    yield make((1, 3, 3, 3, 4), (2, 2, 2, 2, 6), groups=2)
    yield make((1, 3, 3, 3, 4), (3, 3, 3, 1, 4), [1] * 3, [1] * 6, groups=4)
    yield make((2, 3, 2, 3, 6), (3, 1, 2, 2, 3), [2, 1, 1], [1, 1, 0, 0, 0, 1], groups=3)
    yield make((2, 2, 3, 2, 3), (1, 1, 1, 3, 2))
    yield make((2, 4, 4, 3, 2), (1, 3, 3, 2, 2), [2, 1, 1], [0, 0, 1, 1, 1, 1])
    yield make((1, 5, 2, 3, 2), (3, 1, 1, 2, 3), [2, 1, 1])
    yield make((1, 2, 2, 2, 9), (2, 2, 2, 9, 11))


def transposed_convolutions():
    def make(image, kernel, stride=None, padding=None, extra=None, dilation=None, groups=1):
        axes = len(image) - 2
        stride, dilation = stride or [1] * axes, dilation or [1] * axes
        padding, extra = padding or [0] * axes, extra or [0] * axes
        convolve = {1: F.conv_transpose1d, 3: F.conv_transpose3d}[axes]
        order = [axes + 1, axes, *range(axes)]

        def function(x, weight):
            y = convolve(first(x), weight.permute(order), None, stride, padding, extra, groups, dilation)
            return last(y)

        attributes = {
            "stride": stride, "padding": padding, "outputPadding": extra, "dilation": dilation, "groups": groups}
        name = f"up {text(image)} {text(kernel)} stride {text(stride)} padding {text(padding)} "
        name += f"output padding {text(extra)} dilation {text(dilation)} groups {groups}"
        inputs = {"x": (image, 1.0), "weight": (kernel, 0.5)}
        return case(name, "transposedConvolution", attributes, inputs, function)

    yield make((2, 5, 3), (3, 2, 3))
    yield make((2, 4, 3), (2, 2, 3), [2])
    yield make((2, 4, 3), (3, 2, 3), [2], [1])
    yield make((2, 4, 3), (3, 2, 3), [2], [1], [1])
    yield make((1, 4, 2), (5, 3, 2), [3], [2], [2])
    yield make((1, 5, 2), (3, 2, 2), [1], [2], None, [2])
    yield make((1, 4, 2), (3, 2, 2), [2], [1], [1], [3])
    yield make((2, 3, 4), (2, 3, 4), [2], groups=2)
    yield make((2, 3, 4), (3, 1, 4), [1], [1], groups=4)
    yield make((2, 1, 3), (1, 2, 3))
    yield make((1, 9, 2), (8, 1, 2), [4], [2])
    yield make((1, 2, 3, 2, 2), (2, 2, 2, 3, 2))
    yield make((1, 2, 2, 2, 3), (2, 2, 2, 2, 3), [2] * 3)
    yield make((1, 2, 2, 2, 2), (3, 3, 3, 2, 2), [2] * 3, [1] * 3)
    yield make((1, 2, 2, 2, 2), (3, 3, 3, 2, 2), [2] * 3, [1] * 3, [1] * 3)
    yield make((2, 2, 3, 2, 2), (2, 3, 1, 2, 2), [3, 1, 2], [0, 1, 0], [2, 0, 1])
    yield make((1, 3, 3, 3, 2), (3, 3, 3, 2, 2), [1] * 3, [1] * 3)
    yield make((1, 2, 3, 3, 2), (2, 2, 3, 2, 2), [1] * 3, [0, 1, 2], None, [3, 1, 2])
    yield make((1, 3, 2, 2, 2), (2, 2, 2, 2, 2), [2] * 3, [1] * 3, [1] * 3, [3] * 3)
    yield make((1, 2, 2, 2, 4), (2, 2, 2, 3, 4), [2] * 3, groups=2)
    yield make((1, 2, 2, 2, 4), (3, 2, 2, 1, 4), [1] * 3, [1, 0, 0], groups=4)
    yield make((2, 2, 1, 2, 6), (3, 1, 2, 2, 6), [2, 1, 1], groups=3)
    yield make((1, 1, 1, 1, 3), (2, 2, 2, 2, 3))


def pools():
    largest = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
    mean = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
    power = {1: F.lp_pool1d, 2: F.lp_pool2d, 3: F.lp_pool3d}
    back = {1: F.max_unpool1d, 2: F.max_unpool2d, 3: F.max_unpool3d}
    cell_mean = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}
    cell_largest = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}

    def make(operation, shape, function, **attributes):
        name = f"{operation} {text(shape)} " + " ".join(f"{k} {v}" for k, v in attributes.items())
        return case(name, operation, attributes, {"x": (shape, 1.0)}, lambda x: last(function(first(x))))

    for shape, size, stride, padding in [
        ((2, 7, 2), [2], [2], [0]), ((2, 8, 3), [3], [2], [1]), ((1, 9, 1), [4], [3], [2]),
        ((1, 3, 4, 5, 2), [2, 2, 2], [2, 2, 2], [0, 0, 0]), ((1, 4, 5, 4, 2), [3, 3, 3], [2, 2, 2], [1, 1, 1]),
        ((2, 3, 4, 4, 1), [1, 2, 3], [1, 2, 1], [0, 1, 1]), ((1, 3, 3, 3, 2), [3, 1, 2], [1, 1, 1], [1, 0, 0]),
    ]:
        axes = len(size)
        geometry = {"size": size, "stride": stride, "padding": padding}
        yield make("maxPool", shape, lambda x: largest[axes](x, size, stride, padding), **geometry)
        for counted in [True, False] if any(padding) else [True]:
            yield make(
                "averagePool", shape,
                lambda x: mean[axes](x, size, stride, padding, count_include_pad=counted),
                **geometry, countsPadding=counted)
    for shape, size, stride, dilation in [((1, 9, 2), [3], [2], [2]), ((1, 5, 5, 6, 1), [2, 2, 2], [1, 1, 2], [3, 2, 1])]:
        axes = len(size)
        yield make(
            "maxPool", shape, lambda x: largest[axes](x, size, stride, 0, dilation), size=size, stride=stride,
            padding=[0] * axes, dilation=dilation)
    for shape, size, stride, padding in [
        ((2, 6, 2), [3], [2], [1]), ((1, 5, 7, 2), [2, 2], [2, 2], [0, 0]), ((1, 3, 5, 2), [3, 3], [2, 2], [1, 1]),
        ((1, 4, 3, 4, 1), [2, 2, 2], [2, 2, 2], [0, 0, 0]),
    ]:
        axes = len(size)
        yield make(
            "maxPool", shape, lambda x: largest[axes](x, size, stride, padding, ceil_mode=True), size=size,
            stride=stride, padding=padding, roundsUp=True)
    for shape, size in [
        ((2, 7, 2), [2]), ((2, 6, 3), [3]), ((2, 5, 7, 2), [2, 2]), ((1, 4, 4, 2), [2, 1]), ((2, 4, 4, 4, 1), [2, 2, 2]),
        ((1, 3, 5, 3, 2), [3, 2, 2]),
    ]:
        axes = len(size)

        def there_and_back(x):
            values, indices = largest[axes](x, size, return_indices=True)
            return back[axes](values, indices, size, output_size=x.shape[2:])

        yield make("maxUnpool", shape, there_and_back, size=size)
    for shape, size, stride in [
        ((2, 7, 2), [2], [2]), ((1, 8, 2), [3], [2]), ((2, 5, 6, 2), [2, 2], [2, 2]), ((1, 5, 5, 1), [3, 2], [1, 2]),
        ((1, 3, 4, 3, 2), [2, 2, 2], [1, 2, 1]),
    ]:
        axes = len(size)
        yield make(
            "l2Pool", shape, lambda x: power[axes](x, 2, size if axes > 1 else size[0], stride if axes > 1 else stride[0]),
            size=size, stride=stride)
    for shape, size in [
        ((2, 7, 2), [3]), ((1, 6, 2), [2]), ((1, 3, 2), [5]), ((2, 5, 7, 2), [2, 3]), ((1, 4, 4, 2), [1, 1]),
        ((1, 3, 4, 2), [5, 7]), ((1, 6, 5, 1), [3, 5]), ((1, 4, 5, 3, 2), [2, 3, 2]), ((2, 3, 2, 4, 1), [1, 2, 3]),
        ((1, 2, 3, 2, 1), [3, 2, 4]),
    ]:
        axes = len(size)
        yield make("adaptiveMaxPool", shape, lambda x: cell_largest[axes](x, size), size=size)
        if axes != 2:
            yield make("adaptiveAveragePool", shape, lambda x: cell_mean[axes](x, size), size=size)
    for shape in [(2, 5, 3), (2, 3, 4, 2), (1, 2, 3, 2, 2)]:
        yield make("globalMaxPool", shape, lambda x: x.amax(dim=tuple(range(2, x.dim())), keepdim=True))


def resamplings():
    def make(shape, size, mode, aligned):
        function = lambda x: last(F.interpolate(first(x), size=size, mode=mode, align_corners=aligned))
        attributes = {"size": size, "mode": mode}
        if aligned is not None:
            attributes["alignCorners"] = aligned
        name = f"{mode} {text(shape)} to {text(size)} {aligned}"
        return case(name, "resize", attributes, {"x": (shape, 1.0)}, function)

    for aligned in [False, True]:
        for shape, size in [
            ((2, 3, 4, 2), [6, 8]), ((1, 5, 4, 2), [8, 7]), ((1, 6, 7, 2), [4, 3]), ((1, 2, 2, 1), [9, 1]),
            ((1, 1, 3, 2), [4, 3]), ((1, 8, 8, 1), [3, 5]),
        ]:
            yield make(shape, size, "bicubic", aligned)
        for shape, size in [((2, 5, 2), [8]), ((1, 7, 3), [4]), ((1, 1, 2), [3])]:
            yield make(shape, size, "linear", aligned)
        for shape, size in [((1, 2, 3, 2, 2), [4, 5, 3]), ((1, 4, 3, 4, 1), [2, 2, 2])]:
            yield make(shape, size, "trilinear", aligned)
    for shape, size in [((2, 5, 2), [8]), ((1, 7, 3), [4]), ((1, 2, 3, 2, 2), [4, 5, 3]), ((1, 4, 3, 4, 1), [2, 2, 3])]:
        yield make(shape, size, "nearest", None)

    def shuffle(name, shape, function, **attributes):
        full = f"{name} {text(shape)} " + " ".join(f"{k} {v}" for k, v in attributes.items())
        return case(full, name, attributes, {"x": (shape, 1.0)}, lambda x: last(function(first(x))))

    for shape, factor in [((2, 2, 3, 8), 2), ((1, 2, 1, 18), 3), ((1, 3, 2, 4), 1)]:
        yield shuffle("pixelShuffle", shape, lambda x: F.pixel_shuffle(x, factor), factor=factor)
    for shape, factor in [((2, 4, 6, 2), 2), ((1, 3, 6, 1), 3)]:
        yield shuffle("pixelUnshuffle", shape, lambda x: F.pixel_unshuffle(x, factor), factor=factor)
    for shape, groups in [((2, 2, 3, 6), 2), ((1, 3, 2, 12), 3)]:
        yield shuffle("channelShuffle", shape, lambda x: F.channel_shuffle(x, groups), groups=groups)


def grids():
    def make(shape, size, mode, padding, aligned, scale=1.2):
        def function(x, grid):
            return last(F.grid_sample(first(x), grid, mode, padding, aligned))

        attributes = {"mode": mode, "padding": padding, "alignCorners": aligned}
        name = f"grid {text(shape)} at {text(size)} {mode} {padding} {aligned}"
        inputs = {"x": (shape, 1.0), "grid": ((shape[0], *size, len(size)), scale)}
        return case(name, "gridSample", attributes, inputs, function)

    for shape, size in [((2, 4, 5, 3), (3, 4)), ((1, 3, 2, 2), (2, 2))]:
        for mode in ["bilinear", "nearest"]:
            for padding in ["zeros", "border", "reflection"]:
                for aligned in [False, True]:
                    yield make(shape, size, mode, padding, aligned)
    for padding in ["zeros", "border", "reflection"]:
        yield make((1, 3, 4, 1), (4, 4), "bilinear", padding, False, 4.0)
        yield make((1, 3, 4, 1), (4, 4), "bilinear", padding, True, 4.0)
    for shape, size in [((2, 2, 3, 4, 2), (2, 1, 3)), ((1, 3, 2, 2, 1), (1, 2, 2))]:
        for mode in ["bilinear", "nearest"]:
            for padding in ["zeros", "border", "reflection"]:
                for aligned in [False, True]:
                    yield make(shape, size, mode, padding, aligned)
    for count, size in [(2, (2, 3, 2)), (1, (1, 1, 4))]:
        for aligned in [False, True]:
            yield case(
                f"affine grid of {count} at {text(size)} {aligned}", "affineGrid",
                {"size": size, "alignCorners": aligned}, {"maps": ((count, 3, 4), 1.0)},
                lambda maps: F.affine_grid(maps, (count, 1, *size), aligned))
    for count, size in [(2, (3, 4)), (1, (1, 5)), (3, (4, 1))]:
        for aligned in [False, True]:
            yield case(
                f"affine grid of {count} at {text(size)} {aligned}", "affineGrid",
                {"size": size, "alignCorners": aligned}, {"maps": ((count, 2, 3), 1.0)},
                lambda maps: F.affine_grid(maps, (count, 1, *size), aligned))


def norms():
    def make(operation, shape, parameters, function, **attributes):
        inputs = {"x": (shape, 1.0, 0.25)}
        if parameters:
            inputs["scale"] = (parameters, 0.5, 1.0)
            if operation != "rmsNorm":
                inputs["offset"] = (parameters, 0.5)
        name = f"{operation} {text(shape)} {'affine ' if parameters else ''}"
        name += " ".join(f"{k} {v}" for k, v in attributes.items())
        return case(name, operation, attributes, inputs, function)

    for shape, axes in [((5, 8), 1), ((2, 3, 4), 2), ((2, 2, 3, 5), 1), ((2, 2, 3, 2), 3), ((3, 40), 1)]:
        for affine in [True, False]:
            trailing = shape[len(shape) - axes:]
            yield make(
                "layerNorm", shape, trailing if affine else None,
                lambda x, scale=None, offset=None: F.layer_norm(x, trailing, scale, offset, 1e-5), axes=axes, epsilon=1e-5)
            yield make(
                "rmsNorm", shape, trailing if affine else None,
                lambda x, scale=None: F.rms_norm(x, trailing, scale, 1e-3), axes=axes, epsilon=1e-3)
    for shape, groups in [((2, 5, 4), 2), ((2, 3, 4, 6), 3), ((2, 2, 2, 3), 1), ((1, 2, 3, 2, 4), 2), ((3, 8), 2), ((1, 3, 3, 4), 4)]:
        for affine in [True, False]:
            yield make(
                "groupNorm", shape, shape[-1:] if affine else None,
                lambda x, scale=None, offset=None: last(F.group_norm(first(x), groups, scale, offset, 1e-5)),
                groups=groups, epsilon=1e-5)
    for shape in [(2, 5, 3), (2, 3, 4, 3), (1, 2, 3, 2, 2), (3, 1, 4, 2)]:
        for affine in [True, False]:
            yield make(
                "instanceNorm", shape, shape[-1:] if affine else None,
                # Not F.instance_norm: with one image and a permuted layout its gradients are wrong in 2.13.0 (that of
                # the offset is not the sum of the cotangent).
                lambda x, scale=None, offset=None:
                    last(F.group_norm(first(x), shape[-1], scale, offset, 1e-2)),
                epsilon=1e-2)
    for shape in [(6, 4), (2, 5, 3), (2, 3, 4, 3), (1, 2, 3, 2, 2), (3, 1, 4, 2), (2, 2, 2, 20)]:
        for affine in [True, False]:
            yield make(
                "batchNorm", shape, shape[-1:] if affine else None,
                lambda x, scale=None, offset=None: last(F.batch_norm(first(x), None, None, scale, offset, True, 0.1, 1e-2)),
                epsilon=1e-2)
            inputs = {"x": (shape, 1.0, 0.25)}
            if affine:
                inputs |= {"scale": (shape[-1:], 0.5, 1.0), "offset": (shape[-1:], 0.5)}
            yield case(
                f"batchNorm {text(shape)} {'affine ' if affine else ''}given statistics", "batchNorm", {"epsilon": 1e-3}, inputs,
                lambda x, mean, variance, scale=None, offset=None:
                    last(F.batch_norm(first(x), mean, variance, scale, offset, False, 0.1, 1e-3)),
                {"mean": (shape[-1:], 0.5), "variance": (shape[-1:], 0.5, 1.0)})
    for shape, size, alpha, beta, k in [
        ((2, 3, 6), 3, 0.5, 0.75, 1.0), ((2, 3, 6), 4, 0.25, 0.5, 2.0), ((1, 2, 3, 9), 5, 1e-4, 0.75, 1.0),
        ((2, 2, 2, 4), 1, 1.0, 0.75, 1.0), ((1, 3, 2, 3), 5, 0.5, 1.0, 1.0),
    ]:
        yield make(
            "localResponseNorm", shape, None,
            lambda x: last(F.local_response_norm(first(x), size, alpha, beta, k)), size=size, alpha=alpha, beta=beta, k=k)
    for shape, entries, padding in [((4,), (5, 3), None), ((2, 3), (4, 2), None), ((3, 3), (4, 5), 1), ((7,), (3, 2), 0)]:
        labels = cases.made_labels(f"embedding {text(shape)}", shape, entries[0])
        attributes = {} if padding is None else {"paddingIndex": padding}
        yield case(
            f"embedding {text(shape)} of {text(entries)} {padding}", "embedding", attributes, {"table": (entries, 1.0)},
            lambda table, labels: F.embedding(labels, table, padding), {"labels": labels})


if __name__ == "__main__":
    for family in [convolutions, transposed_convolutions, pools, resamplings, grids, norms]:
        entries = list(family())
        print(family.__name__, len(entries))
        record = {"seed": cases.SEED, "torch": torch.__version__, "cases": entries}
        cases.hashed.write(FOLDER / f"{family.__name__}.json", record)
