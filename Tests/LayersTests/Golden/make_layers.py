"""Makes linear.json, convolution.json, transposed_convolution.json, normalization.json, pooling.json, resampling.json.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu
    venv/bin/python make_layers.py
"""

import torch.nn.functional as F

import cases
from cases import case, channels_first, channels_last


def linear():
    def function(x, weight, bias=None):
        return F.linear(x, weight.t(), bias)

    sizes = {"x": ((5, 4), 1.0), "weight": ((4, 3), 1.0)}
    yield case("linear", "linear", {"bias": True}, {**sizes, "bias": ((3,), 0.5)}, function)
    yield case("linear without bias", "linear", {"bias": False}, sizes, function)
    yield case("linear 33x17", "linear", {"bias": True},
               {"x": ((9, 33), 1.0), "weight": ((33, 17), 1.0), "bias": ((17,), 0.5)}, function)


def convolution():
    def make(name, image, kernel, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1), groups=1, bias=True):
        top, bottom, left, right = padding

        def function(x, weight, bias=None):
            x = F.pad(channels_first(x), (left, right, top, bottom))
            y = F.conv2d(x, weight.permute(3, 2, 0, 1), bias, stride, 0, dilation, groups)
            return channels_last(y)

        inputs = {"x": (image, 1.0), "weight": (kernel, 0.5)}
        if bias:
            inputs["bias"] = ((kernel[3],), 0.5)
        attributes = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        return case(name, "convolution", attributes, inputs, function)

    yield make("conv 3x3", (2, 5, 6, 3), (3, 3, 3, 4), padding=(1, 1, 1, 1))
    yield make("conv 3x3 valid", (2, 5, 6, 3), (3, 3, 3, 4), bias=False)
    yield make("conv 3x3 stride 2", (2, 7, 8, 3), (3, 3, 3, 4), (2, 2), (1, 1, 1, 1))
    yield make("conv 3x3 stride 2 left over", (2, 8, 6, 2), (3, 3, 2, 3), (2, 2))
    yield make("conv 3x2 stride 2x3", (2, 8, 9, 2), (3, 2, 2, 3), (2, 3), (1, 0, 0, 1))
    yield make("conv asymmetric padding", (1, 5, 4, 2), (3, 3, 2, 3), padding=(0, 2, 1, 3))
    yield make("conv dilation 2", (1, 7, 8, 2), (3, 3, 2, 3), padding=(2, 2, 2, 2), dilation=(2, 2))
    yield make("conv dilation 1x3 stride 2", (1, 7, 11, 2), (3, 3, 2, 3), (2, 2), (1, 1, 0, 0), (1, 3))
    yield make("conv groups 2", (2, 5, 5, 4), (3, 3, 2, 6), padding=(1, 1, 1, 1), groups=2)
    yield make("conv depthwise", (2, 5, 5, 4), (3, 3, 1, 4), padding=(1, 1, 1, 1), groups=4)
    yield make("conv depthwise multiplier 2 stride 2", (1, 6, 6, 3), (3, 3, 1, 6), (2, 2), (0, 1, 0, 1), groups=3)
    yield make("conv 1x1", (2, 4, 5, 6), (1, 1, 6, 5))
    yield make("conv 1x1 stride 2", (2, 5, 6, 4), (1, 1, 4, 3), (2, 2), bias=False)
    yield make("conv 5x5", (1, 7, 6, 3), (5, 5, 3, 2), padding=(2, 2, 2, 2))
    yield make("conv 7x7 stride 2", (1, 12, 13, 3), (7, 7, 3, 4), (2, 2), (3, 3, 3, 3), bias=False)
    yield make("conv 3x3 many channels", (1, 9, 10, 19), (3, 3, 19, 35), padding=(1, 1, 1, 1), bias=False)
    yield make("conv 3x3 one channel", (2, 6, 6, 1), (3, 3, 1, 8), padding=(1, 1, 1, 1))
    yield make("conv kernel larger than image", (1, 2, 3, 2), (5, 5, 2, 2), padding=(2, 2, 2, 2))


def transposed_convolution():
    def make(name, image, kernel, stride, padding=(0, 0), extra=(0, 0), dilation=(1, 1), groups=1, bias=True):
        def function(x, weight, bias=None):
            y = F.conv_transpose2d(
                channels_first(x), weight.permute(3, 2, 0, 1), bias, stride, padding, extra, groups, dilation)
            return channels_last(y)

        inputs = {"x": (image, 1.0), "weight": (kernel, 0.5)}
        if bias:
            inputs["bias"] = ((kernel[2] * groups,), 0.5)
        attributes = {
            "stride": stride, "padding": padding, "outputPadding": extra, "dilation": dilation, "groups": groups}
        return case(name, "transposedConvolution", attributes, inputs, function)

    yield make("up 2x2 stride 2", (2, 3, 4, 6), (2, 2, 3, 6), (2, 2))
    yield make("up 3x3 stride 2 padding 1 output padding 1", (1, 4, 3, 4), (3, 3, 2, 4), (2, 2), (1, 1), (1, 1))
    yield make("up 4x4 stride 2 padding 1", (1, 3, 3, 3), (4, 4, 2, 3), (2, 2), (1, 1), bias=False)
    yield make("up 3x3 stride 1 padding 1", (1, 4, 5, 3), (3, 3, 4, 3), (1, 1), (1, 1))
    yield make("up 3x2 stride 3x1 output padding 1x0", (1, 3, 4, 2), (3, 2, 3, 2), (3, 1), (0, 1), (1, 0))
    yield make("up dilation 2", (1, 4, 4, 2), (3, 3, 3, 2), (1, 1), (1, 1), dilation=(2, 2))
    yield make("up groups 2", (1, 3, 3, 4), (2, 2, 3, 4), (2, 2), groups=2)


def normalization():
    epsilon, momentum = 1e-5, 0.1

    def batch(name, shape, training, scale=1.0, shift=0.0):
        channels = shape[-1]

        def function(x, scale, offset, mean, variance):
            flat = x.reshape(-1, channels)
            running, unbiased = mean.clone(), variance.clone()
            y = F.batch_norm(flat, running, unbiased, scale, offset, training, momentum, epsilon).reshape(shape)
            if not training:
                return y
            biased = (1 - momentum) * variance + momentum * flat.detach().var(0, correction=0)
            return y, {
                "runningMean": running, "runningVariance.biased": biased, "runningVariance.unbiased": unbiased}

        inputs = {
            "x": (shape, scale, shift), "scale": ((channels,), 0.5, 1.0), "offset": ((channels,), 0.5)}
        constants = {"mean": ((channels,), 0.3), "variance": ((channels,), 0.5, 1.0)}
        attributes = {"training": training, "epsilon": epsilon, "momentum": momentum}
        return case(name, "batchNorm", attributes, inputs, function, constants)

    yield batch("batch norm training", (4, 3, 5, 3), True)
    yield batch("batch norm training off centre", (4, 3, 5, 3), True, 0.5, 3.0)
    yield batch("batch norm training rank 2", (8, 6), True)
    yield batch("batch norm inference", (4, 3, 5, 3), False)
    yield batch("batch norm inference rank 2", (8, 6), False)

    def layer(x, scale, offset):
        return F.layer_norm(x, x.shape[-1:], scale, offset, epsilon)

    def group(x, scale, offset):
        return channels_last(F.group_norm(channels_first(x), 2, scale, offset, epsilon))

    def instance(x, scale, offset):
        return channels_last(F.instance_norm(channels_first(x), None, None, scale, offset, True, 0.1, epsilon))

    for name, attributes, shape, function in [
        ("layerNorm", {}, (5, 8), layer), ("groupNorm", {"groups": 2}, (2, 3, 4, 6), group),
        ("instanceNorm", {}, (2, 3, 4, 3), instance),
    ]:
        inputs = {"x": (shape, 1.0), "scale": ((shape[-1],), 0.5, 1.0), "offset": ((shape[-1],), 0.5)}
        yield case(name, name, {**attributes, "epsilon": epsilon}, inputs, function)


def pooling():
    def make(name, operation, shape, function, **attributes):
        def on_our_layout(x):
            if operation == "maxPool":
                windows = F.unfold(
                    F.pad(channels_first(x).flatten(0, 1)[:, None].detach(),
                          (attributes["padding"][1],) * 2 + (attributes["padding"][0],) * 2, value=-9),
                    attributes["size"], stride=attributes["stride"])
                top = windows.topk(2, dim=1).values
                assert (top[:, 0] - top[:, 1]).min() > 1e-5, f"{name}: nearly a tie"
            return channels_last(function(channels_first(x)))

        return case(name, operation, attributes, {"x": (shape, 1.0)}, on_our_layout)

    for size, stride, padding, shape in [
        ((2, 2), (2, 2), (0, 0), (2, 4, 6, 3)), ((2, 2), (2, 2), (0, 0), (1, 5, 7, 2)),
        ((3, 3), (2, 2), (1, 1), (2, 6, 7, 3)), ((3, 3), (1, 1), (1, 1), (1, 4, 5, 2)),
        ((3, 2), (1, 2), (1, 0), (1, 5, 6, 2)),
    ]:
        text = "{}x{} stride {}x{} padding {}x{} on {}x{}".format(*size, *stride, *padding, *shape[1:3])
        geometry = {"size": size, "stride": stride, "padding": padding}
        yield make(f"max pool {text}", "maxPool", shape,
                   lambda x: F.max_pool2d(x, size, stride, padding), **geometry)
        for counted in [True, False] if padding != (0, 0) else [True]:
            how = "" if padding == (0, 0) else (" padding counted" if counted else " padding not counted")
            yield make(
                f"average pool {text}{how}", "averagePool", shape,
                lambda x: F.avg_pool2d(x, size, stride, padding, count_include_pad=counted),
                **geometry, countsPadding=counted)
    yield make("global average pool", "globalAveragePool", (3, 4, 5, 4), lambda x: x.mean((2, 3), keepdim=True))
    for size in [(3, 2), (1, 1), (5, 7)]:
        yield make("adaptive average pool {}x{}".format(*size), "adaptiveAveragePool", (2, 5, 7, 3),
                   lambda x: F.adaptive_avg_pool2d(x, size), size=size)


def resampling():
    def make(name, shape, size, **mode):
        def function(x):
            return channels_last(F.interpolate(channels_first(x), size=size, **mode))

        attributes = {"size": size, "mode": mode["mode"]}
        if "align_corners" in mode:
            attributes["alignCorners"] = mode["align_corners"]
        return case(name, "upsample", attributes, {"x": (shape, 1.0)}, function)

    yield make("nearest x2", (2, 3, 4, 2), (6, 8), mode="nearest")
    yield make("nearest x3x2", (1, 3, 4, 2), (9, 8), mode="nearest")
    yield make("nearest to any size", (1, 5, 4, 2), (8, 7), mode="nearest")
    for aligned in [False, True]:
        text = "corners aligned" if aligned else "half pixels"
        bilinear = {"mode": "bilinear", "align_corners": aligned}
        yield make(f"bilinear x2 {text}", (2, 3, 4, 2), (6, 8), **bilinear)
        yield make(f"bilinear x4 {text}", (1, 3, 2, 1), (12, 8), **bilinear)
        yield make(f"bilinear to any size {text}", (1, 5, 4, 2), (8, 7), **bilinear)
        yield make(f"bilinear down {text}", (1, 6, 7, 2), (4, 3), **bilinear)


if __name__ == "__main__":
    for family in [linear, convolution, transposed_convolution, normalization, pooling, resampling]:
        cases.write(family.__name__, list(family()))
