"""Makes activations.json.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu
    venv/bin/python make_functions.py
"""

import torch
import torch.nn.functional as F

import cases
from cases import SEED, away_from, case, made


def activations():
    def make(name, function, kinks=(), attributes=None, shape=(3, 8), scale=4.0, shift=0.0):
        key = f"{SEED}/{name}"
        away_from(made(f"{key}/x", shape, scale, shift), *kinks)
        operation = name.split(",")[0]
        return case(name, operation, attributes or {}, {"x": (shape, scale, shift)}, lambda x: function(x))

    yield make("relu", F.relu, [0])
    yield make("relu6", F.relu6, [0, 6], scale=9.0)
    for slope in [0.01, 0.2]:
        yield make(f"leakyRelu, slope {slope}", lambda x: F.leaky_relu(x, slope), [0], {"slope": slope})
    for alpha in [1.0, 0.5]:
        yield make(f"elu, alpha {alpha}", lambda x: F.elu(x, alpha), [0], {"alpha": alpha})
    yield make("selu", F.selu, [0])
    yield make("gelu, exact", F.gelu, attributes={"approximation": "none"})
    yield make("gelu, tanh", lambda x: F.gelu(x, approximate="tanh"), attributes={"approximation": "tanh"})
    yield make("silu", F.silu)
    yield make("mish", F.mish)
    yield make("softplus", F.softplus)
    yield make("softsign", F.softsign)
    yield make("sigmoid", torch.sigmoid)
    yield make("logSigmoid", F.logsigmoid)
    yield make("tanh", torch.tanh)
    yield make("hardSigmoid", F.hardsigmoid, [-3, 3])
    yield make("hardSwish", F.hardswish, [-3, 3])
    yield make("softmax", lambda x: F.softmax(x, -1), attributes={"axis": -1})
    yield make("softmax, axis 1 of 3", lambda x: F.softmax(x, 1), attributes={"axis": 1}, shape=(2, 4, 3))
    yield make("logSoftmax", lambda x: F.log_softmax(x, -1), attributes={"axis": -1})
    yield make("logSumExp", lambda x: torch.logsumexp(x, -1), attributes={"axis": -1})
    # Far from zero: a formula that overflows or cancels shows here.
    yield make("sigmoid, large", torch.sigmoid, scale=80.0)
    yield make("logSigmoid, large", F.logsigmoid, scale=200.0)
    yield make("softmax, around 1000", lambda x: F.softmax(x, -1), attributes={"axis": -1}, shift=1000.0)
    yield make("logSoftmax, around 1000", lambda x: F.log_softmax(x, -1), attributes={"axis": -1}, shift=1000.0)
    yield make("logSumExp, around 110", lambda x: torch.logsumexp(x, -1), attributes={"axis": -1}, shift=110.0)


if __name__ == "__main__":
    cases.write("activations", list(activations()))
