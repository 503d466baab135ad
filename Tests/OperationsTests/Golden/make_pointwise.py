"""Makes pointwise.json and activations.json.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.13.0+cpu --extra-index-url https://download.pytorch.org/whl/cpu
    venv/bin/python make_pointwise.py
"""

import torch
import torch.nn.functional as F

from cases import bits, case, write


def pointwise():
    shape = (3, 5)
    functions = {
        "exp": (torch.exp, 2.0, 0.0), "log": (torch.log, 1.5, 2.0), "sqrt": (torch.sqrt, 1.5, 2.0),
        "rsqrt": (torch.rsqrt, 1.5, 2.0), "reciprocal": (torch.reciprocal, 1.5, 2.0),
        "log1p": (torch.log1p, 0.9, 0.0), "expm1": (torch.expm1, 2.0, 0.0), "abs": (torch.abs, 2.0, 0.0),
        "negate": (torch.neg, 2.0, 0.0), "square": (torch.square, 2.0, 0.0), "exp2": (torch.exp2, 3.0, 0.0),
        "log2": (torch.log2, 1.5, 2.0), "log10": (torch.log10, 1.5, 2.0), "logit": (torch.logit, 0.45, 0.5),
        "tanh": (torch.tanh, 2.0, 0.0), "sigmoid": (torch.sigmoid, 4.0, 0.0), "erf": (torch.erf, 2.0, 0.0),
        "sin": (torch.sin, 3.0, 0.0), "cos": (torch.cos, 3.0, 0.0), "tan": (torch.tan, 1.2, 0.0),
        "asin": (torch.asin, 0.9, 0.0), "acos": (torch.acos, 0.9, 0.0), "atan": (torch.atan, 3.0, 0.0),
        "sinh": (torch.sinh, 2.0, 0.0), "cosh": (torch.cosh, 2.0, 0.0), "asinh": (torch.asinh, 3.0, 0.0),
        "acosh": (torch.acosh, 1.5, 3.0), "atanh": (torch.atanh, 0.9, 0.0), "floor": (torch.floor, 4.0, 0.0),
        "ceil": (torch.ceil, 4.0, 0.0), "round": (torch.round, 4.0, 0.0), "sign": (torch.sign, 4.0, 0.0),
    }
    for name, (function, scale, shift) in functions.items():
        yield case(name, name, function, (shape, scale, shift))
    # Near 0, where a formula that cancels shows.
    for name in ["log1p", "expm1", "sinh", "asinh", "tanh", "erf", "atanh"]:
        yield case(f"{name}, near 0", name, functions[name][0], (shape, 1e-6))
    for name in ["sigmoid", "tanh", "atan", "asinh", "sin", "cos"]:
        yield case(f"{name}, far out", name, functions[name][0], (shape, 30.0))

    pairs = {
        "add": torch.add, "subtract": torch.subtract, "multiply": torch.multiply, "maximum": torch.maximum,
        "minimum": torch.minimum, "atan2": torch.atan2,
    }
    for a, b in [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1, 4), (3, 1)), ((), (4,))]:
        for name, function in pairs.items():
            yield case(f"{name}, {list(a)} {list(b)}", name, function, (a, 2.0), (b, 2.0))
        yield case(f"divide, {list(a)} {list(b)}", "divide", torch.divide, (a, 2.0), (b, 1.0, 2.0))
        yield case(f"power, {list(a)} {list(b)}", "power", torch.pow, (a, 1.0, 2.0), (b, 2.0))
        yield case(f"remainder, {list(a)} {list(b)}", "remainder", torch.fmod, (a, 4.0), (b, 0.5, 1.0))
        yield case(f"modulo, {list(a)} {list(b)}", "modulo", torch.remainder, (a, 4.0), (b, 0.5, -1.0))
    for exponent in [2.0, 3.0, 0.5, -1.5, 0.0]:
        yield case(f"power, to {exponent}", "powerOf", lambda x: torch.pow(x, exponent), (shape, 1.0, 2.0), exponent=exponent)
    yield case("power, negative base", "powerOf", lambda x: torch.pow(x, 3.0), (shape, 2.0), exponent=3.0)
    yield case("clamp", "clamp", lambda x: torch.clamp(x, -0.7, 1.1), (shape, 2.0), low=-0.7, high=1.1)


ACTIVATIONS = {
    "relu": F.relu, "relu6": F.relu6, "leakyReLU": lambda x: F.leaky_relu(x, 0.2), "elu": lambda x: F.elu(x, 1.5),
    "celu": lambda x: F.celu(x, 1.5), "selu": F.selu, "gelu": F.gelu,
    "geluTanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu, "mish": F.mish, "softplus": F.softplus,
    "softsign": F.softsign, "logSigmoid": F.logsigmoid, "hardTanh": lambda x: F.hardtanh(x, -0.9, 1.1),
    "hardShrink": lambda x: F.hardshrink(x, 0.3), "softShrink": lambda x: F.softshrink(x, 0.3),
    "tanhShrink": F.tanhshrink, "threshold": lambda x: F.threshold(x, 0.3, -2.0), "abs": torch.abs,
}


def activations():
    for name, function in ACTIVATIONS.items():
        yield case(name, name, function, ((3, 7), 3.0))
        # At 0 itself: the derivative, or the subgradient chosen.
        yield case(f"{name}, at 0", f"{name} at 0", lambda x: function(x - x.detach()), ((5,), 1.0))
        yield case(f"{name}, far out", name, function, ((2, 5), 15.0))
    for axis, shape in [(-1, (3, 6)), (0, (4, 3)), (1, (2, 4, 3))]:
        yield case(f"glu, axis {axis}", "glu", lambda x: F.glu(x, axis), (shape, 2.0), axis=axis)
        for name, function in [("softmax", F.softmax), ("softmin", F.softmin), ("logSoftmax", F.log_softmax),
                               ("logSumExp", torch.logsumexp)]:
            yield case(f"{name}, axis {axis}", name, lambda x: function(x, axis), (shape, 2.0), axis=axis)
    for slopes in [(1,), (4,)]:
        yield case(f"prelu, {slopes[0]} slopes", "prelu", F.prelu, ((6, 4), 2.0), (slopes, 0.2, 0.25))
    name = "dropout with a given mask"
    yield case(name, "mask", lambda x, mask: x * mask / 0.75, ((4, 4), 2.0), constants={"mask": bits(name, (4, 4))})


if __name__ == "__main__":
    write("pointwise", pointwise())
    write("activations", activations())
