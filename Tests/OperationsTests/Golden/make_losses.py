"""Makes losses.json. Install as `make_pointwise.py` says.

    venv/bin/python make_losses.py
"""

import torch
import torch.nn.functional as F

from cases import bits, case, indices, signs, write

REDUCTIONS = ["mean", "sum", "none"]


def losses():
    yield from with_labels()
    yield from with_targets()
    yield from with_margins()
    yield from of_overlap()


def with_labels():
    weights = [0.5, 2.0, 1.0, 1.5]
    classes = len(weights)

    def classes_second(x):
        return x.movedim(-1, 1).contiguous() if x.dim() > 2 else x

    for shape in [(6, classes), (2, 2, 3, classes)]:
        kind = "per pixel" if len(shape) > 2 else "per example"
        for reduction in REDUCTIONS:
            for smoothing, weighted, ignored in [(0.0, False, None), (0.1, False, None), (0.0, True, None), (0.0, False, 1),
                                                 (0.1, True, 2), (0.0, True, 0)]:
                name = f"crossEntropy, {kind}, {reduction}, smoothing {smoothing}, weighted {weighted}, ignored {ignored}"

                def entropy(x, labels):
                    w = torch.tensor(weights, dtype=x.dtype) if weighted else None
                    return F.cross_entropy(classes_second(x), labels, w, ignore_index=-100 if ignored is None else ignored,
                                           label_smoothing=smoothing, reduction=reduction)

                yield case(name, "crossEntropy", entropy, (shape, 3.0),
                           constants={"labels": indices(name, shape[:-1], classes)}, reduction=reduction, smoothing=smoothing,
                           weights=weights if weighted else None, ignored=ignored)
            name = f"negativeLogLikelihood, {kind}, {reduction}"
            yield case(name, "negativeLogLikelihood",
                       lambda x, labels: F.nll_loss(classes_second(x), labels, torch.tensor(weights, dtype=x.dtype),
                                                    ignore_index=3, reduction=reduction),
                       (shape, 3.0), constants={"labels": indices(name, shape[:-1], classes)}, reduction=reduction,
                       weights=weights, ignored=3)
            # Soft labels have gradients too.
            for smoothing, weighted in [(0.0, False), (0.1, True)]:
                yield case(f"crossEntropy, soft labels {kind}, {reduction}, smoothing {smoothing}", "softCrossEntropy",
                           lambda x, t: F.cross_entropy(
                               classes_second(x), classes_second(F.softmax(t, -1)),
                               torch.tensor(weights, dtype=x.dtype) if weighted else None, label_smoothing=smoothing,
                               reduction=reduction),
                           (shape, 3.0), (shape, 2.0), reduction=reduction, smoothing=smoothing,
                           weights=weights if weighted else None)
            name = f"focalLoss, classes, {kind}, {reduction}"

            def focal(x, labels):
                log_right = F.log_softmax(x, -1).gather(-1, labels[..., None])[..., 0]
                values = (1 - log_right.exp()) ** 2 * -log_right
                return {"mean": values.mean(), "sum": values.sum(), "none": values}[reduction]

            yield case(name, "focalCrossEntropy", focal, (shape, 2.0),
                       constants={"labels": indices(name, shape[:-1], classes)}, reduction=reduction, gamma=2.0)


def with_targets():
    shape = (3, 5)
    x, t = (shape, 2.0), (shape, 0.45, 0.5)
    for reduction in REDUCTIONS:
        pairs = {
            "meanSquaredError": (F.mse_loss, {}), "meanAbsoluteError": (F.l1_loss, {}),
            "huberLoss": (F.huber_loss, {"delta": 0.7}), "smoothL1Loss": (F.smooth_l1_loss, {"beta": 0.7}),
            "binaryCrossEntropy": (F.binary_cross_entropy_with_logits, {}),
        }
        for name, (function, settings) in pairs.items():
            yield case(f"{name}, {reduction}", name, lambda x, t: function(x, t, reduction=reduction, **settings), x, t,
                       reduction=reduction, **settings)
        yield case(f"binaryCrossEntropy, positives weighted, {reduction}", "binaryCrossEntropy",
                   lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction=reduction, pos_weight=torch.tensor(2.5).to(x)),
                   x, t, reduction=reduction, positiveWeight=2.5)
        yield case(f"binaryCrossEntropy, probabilities, {reduction}", "binaryOfProbabilities",
                   lambda p, t: F.binary_cross_entropy(p, t, reduction=reduction), (shape, 0.45, 0.5), t, reduction=reduction)
        yield case(f"gaussianNegativeLogLikelihood, {reduction}", "gaussian",
                   lambda x, t, v: F.gaussian_nll_loss(x, t, v, reduction=reduction), x, t, (shape, 1.0, 1.5),
                   reduction=reduction)
        yield case(f"poissonNegativeLogLikelihood, {reduction}", "poisson",
                   lambda x, t: F.poisson_nll_loss(x, t, reduction=reduction), x, (shape, 2.0, 3.0), reduction=reduction)
        name = f"focalLoss, binary, {reduction}"

        def focal(x, mask):
            right = torch.sigmoid(x) * mask + (1 - torch.sigmoid(x)) * (1 - mask)
            share = 0.25 * mask + 0.75 * (1 - mask)
            values = share * (1 - right) ** 2 * F.binary_cross_entropy_with_logits(x, mask, reduction="none")
            return {"mean": values.mean(), "sum": values.sum(), "none": values}[reduction]

        yield case(name, "focalLoss", focal, x, constants={"mask": bits(name, shape)}, reduction=reduction)
    # At logits of 0 the derivative is 1/2 less the target.
    yield case("binaryCrossEntropy, at 0", "binaryCrossEntropy at 0",
               lambda x, t: F.binary_cross_entropy_with_logits(x - x.detach(), t, reduction="none"), x, t)
    yield case("klDivergence", "klDivergence",
               lambda x, t: F.kl_div(F.log_softmax(x, -1), F.softmax(t, -1), reduction="batchmean"), x, (shape, 2.0))
    yield case("logCoshLoss", "logCoshLoss", lambda x, t: torch.log(torch.cosh(x - t)).mean(), x, t)


def with_margins():
    shape, vectors = (4, 3), (5, 4)
    for reduction in REDUCTIONS:
        def reduced(values):
            return {"mean": values.mean(), "sum": values.sum(), "none": values}[reduction]

        for squared in [False, True]:
            power = 2 if squared else 1
            name = f"hingeLoss, {reduction}, squared {squared}"
            yield case(name, "hingeLoss", lambda x, signs: reduced(torch.clamp(1 - x * signs, min=0) ** power), (shape, 2.0),
                       constants={"signs": signs(name, shape)}, reduction=reduction, squared=squared)
            name = f"multiClassHingeLoss, {reduction}, squared {squared}"
            yield case(name, "multiClassHingeLoss",
                       lambda x, labels: F.multi_margin_loss(x, labels, p=power, margin=0.9, reduction=reduction),
                       (vectors, 2.0), constants={"labels": indices(name, vectors[:1], vectors[1])}, reduction=reduction,
                       squared=squared, margin=0.9)
        name = f"softMarginLoss, {reduction}"
        yield case(name, "softMarginLoss", lambda x, signs: F.soft_margin_loss(x, signs, reduction=reduction), (shape, 2.0),
                   constants={"signs": signs(name, shape)}, reduction=reduction)
        name = f"marginRankingLoss, {reduction}"
        yield case(name, "marginRankingLoss",
                   lambda a, b, signs: F.margin_ranking_loss(a, b, signs, margin=0.3, reduction=reduction), (shape, 2.0),
                   (shape, 2.0), constants={"signs": signs(name, shape)}, reduction=reduction, margin=0.3)
        for order, swaps in [(2.0, False), (2.0, True), (1.0, False)]:
            yield case(f"tripletLoss, {reduction}, norm {order}, swaps {swaps}", "tripletLoss",
                       lambda a, p, n: F.triplet_margin_loss(a, p, n, margin=1.7, p=order, swap=swaps, reduction=reduction),
                       *[(vectors, 2.0)] * 3, reduction=reduction, order=order, swaps=swaps, margin=1.7)
        name = f"cosineEmbeddingLoss, {reduction}"

        def embedding(a, b, signs):
            cosine = F.cosine_similarity(a, b, -1)
            return reduced(torch.where(signs > 0, 1 - cosine, torch.clamp(cosine - 0.1, min=0)))

        yield case(name, "cosineEmbeddingLoss", embedding, (vectors, 2.0), (vectors, 2.0),
                   constants={"signs": signs(name, vectors[:1])}, reduction=reduction, margin=0.1)
    for axis in [0, 1]:
        yield case(f"cosineSimilarity, axis {axis}", "cosineSimilarity", lambda a, b: F.cosine_similarity(a, b, axis),
                   (vectors, 2.0), (vectors, 2.0), axis=axis)
    yield case("pairwiseDistance", "pairwiseDistance", F.pairwise_distance, (vectors, 2.0), (vectors, 2.0))


def of_overlap():
    shape = (2, 3, 3, 2)
    for axes in [[1, 2, 3], [0, 1, 2, 3], [0, 1, 2]]:
        for smoothing in [1.0, 0.01]:
            def tversky(p, mask, alpha, beta, s):
                hits, extra, missed = (v.sum(axes) for v in (p * mask, p * (1 - mask), (1 - p) * mask))
                return (1 - (hits + s) / (hits + alpha * extra + beta * missed + s)).mean()

            name = f"diceLoss, axes {axes}, smoothing {smoothing}"
            yield case(name, "diceLoss", lambda p, mask: tversky(p, mask, 0.5, 0.5, smoothing / 2), (shape, 0.45, 0.5),
                       constants={"mask": bits(name, shape)}, axes=axes, smoothing=smoothing)
            name = f"tverskyLoss, axes {axes}, smoothing {smoothing}"
            yield case(name, "tverskyLoss", lambda p, mask: tversky(p, mask, 0.3, 0.7, smoothing), (shape, 0.45, 0.5),
                       constants={"mask": bits(name, shape)}, axes=axes, smoothing=smoothing)


if __name__ == "__main__":
    write("losses", losses())
