"""Makes activations.json and losses.json.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu
    venv/bin/python make_functions.py
"""

import torch
import torch.nn.functional as F

import cases
from cases import SEED, away_from, case, made, made_labels


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


def losses():
    def make(name, operation, attributes, shape, function, scale=3.0, **constants):
        return case(name, operation, attributes, {"x": (shape, scale)}, function, constants)

    shape, classes = (6, 5), 5
    pixels = (2, 3, 4, 5)

    def labels(name, shape):
        return made_labels(f"{SEED}/{name}/labels", shape, classes)

    def cross_entropy(name, shape=shape, scale=3.0, weighted=False, **settings):
        def function(x, labels, weights=None):
            return F.cross_entropy(x.reshape(-1, classes), labels.reshape(-1), weights, **settings)

        constants = {"labels": labels(name, shape[:-1])}
        if weighted:
            constants["weights"] = ((classes,), 0.5, 1.0)
        attributes = {
            "reduction": settings.get("reduction", "mean"), "smoothing": settings.get("label_smoothing", 0.0),
            "weighted": weighted}
        return make(name, "crossEntropy", attributes, shape, function, scale, **constants)

    yield cross_entropy("cross entropy")
    yield cross_entropy("cross entropy, sum", reduction="sum")
    yield cross_entropy("cross entropy, smoothing", label_smoothing=0.1)
    yield cross_entropy("cross entropy, weights", weighted=True)
    yield cross_entropy("cross entropy, weights and smoothing", weighted=True, label_smoothing=0.1)
    yield cross_entropy("cross entropy, per pixel", pixels)
    yield cross_entropy("cross entropy, per pixel, weights", pixels, weighted=True)
    yield cross_entropy("cross entropy, large", scale=200.0)

    targets = {"targets": ((4, 6), 0.5, 0.5)}
    logits = (4, 6)
    yield make("binary cross entropy", "binaryCrossEntropy", {}, logits,
               lambda x, targets: F.binary_cross_entropy_with_logits(x, targets), **targets)
    yield make("binary cross entropy, large", "binaryCrossEntropy", {}, logits,
               lambda x, targets: F.binary_cross_entropy_with_logits(x, targets), 200.0, **targets)
    weight = torch.tensor(2.5)
    yield make("binary cross entropy, positives weighted", "binaryCrossEntropy", {"positiveWeight": 2.5}, logits,
               lambda x, targets: F.binary_cross_entropy_with_logits(x, targets, pos_weight=weight.to(x)), **targets)

    def regression(name, operation, function, kinks=(), **attributes):
        key = f"{SEED}/{name}"
        away_from(made(f"{key}/x", logits, 3.0) - made(f"{key}/targets", logits, 0.5, 0.5), *kinks)
        return make(name, operation, attributes, logits, function, **targets)

    yield regression("mean squared error", "meanSquaredError", lambda x, targets: F.mse_loss(x, targets))
    yield regression("mean absolute error", "meanAbsoluteError", lambda x, targets: F.l1_loss(x, targets), [0])
    for delta in [1.0, 0.5]:
        yield regression(f"huber, delta {delta}", "huber",
                         lambda x, targets: F.huber_loss(x, targets, delta=delta), [-delta, delta], delta=delta)

    # Segmentation losses, written out. `mask` is 0 or 1.
    image = (2, 4, 5, 1)

    def mask(name):
        return (made(f"{SEED}/{name}/mask", image) > 0.3).astype(float)

    def ratio(p, t, smooth, axes):
        return (2 * (p * t).sum(axes) + smooth) / (p.sum(axes) + t.sum(axes) + smooth)

    for name, smooth, axes in [("soft dice, whole batch", 1.0, (0, 1, 2, 3)), ("soft dice, per image", 1.0, (1, 2, 3)),
                               ("soft dice, smooth 0.001", 1e-3, (0, 1, 2, 3))]:
        yield make(name, "dice", {"smooth": smooth, "sumOver": axes, "probabilities": "sigmoid"}, image,
                   lambda x, mask: 1 - ratio(torch.sigmoid(x), mask, smooth, axes).mean(), mask=mask(name))

    def dice_of_classes(x, labels):
        return 1 - ratio(F.softmax(x, -1), F.one_hot(labels, classes).to(x), 1.0, (0, 1, 2)).mean()

    name = "soft dice, classes"
    yield make(name, "dice", {"smooth": 1.0, "sumOver": (0, 1, 2), "probabilities": "softmax"}, pixels,
               dice_of_classes, labels=labels(name, pixels[:-1]))

    for name, alpha, gamma in [("focal, binary", 0.25, 2.0), ("focal, binary, no alpha", None, 2.0),
                               ("focal, binary, gamma 1.5", 0.75, 1.5)]:
        def focal(x, mask):
            p = torch.sigmoid(x)
            right = p * mask + (1 - p) * (1 - mask)
            share = 1.0 if alpha is None else alpha * mask + (1 - alpha) * (1 - mask)
            entropy = F.binary_cross_entropy_with_logits(x, mask, reduction="none")
            return (share * (1 - right) ** gamma * entropy).mean()

        yield make(name, "focal", {"alpha": alpha, "gamma": gamma, "probabilities": "sigmoid"}, image, focal,
                   mask=mask(name))

    def focal_of_classes(x, labels):
        log_right = F.log_softmax(x, -1).gather(-1, labels[..., None])[..., 0]
        return ((1 - log_right.exp()) ** 2 * -log_right).mean()

    name = "focal, classes"
    yield make(name, "focal", {"alpha": None, "gamma": 2.0, "probabilities": "softmax"}, pixels, focal_of_classes,
               labels=labels(name, pixels[:-1]))


if __name__ == "__main__":
    for family in [activations, losses]:
        cases.write(family.__name__, list(family()))
