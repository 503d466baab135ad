"""Makes reductions.json, contractions.json and indexing.json. Install as `make_pointwise.py` says.

    venv/bin/python make_arrays.py
"""

import torch
import torch.nn.functional as F

from cases import bits, case, indices, write


def reductions():
    def over(name, function, sample=(2.0,), **attributes):
        """Over no, one and several axes, with and without keeping them."""
        for shape, axes in [((7,), [0]), ((3, 4), [1]), ((3, 4), [0]), ((2, 3, 4), [0, 2]), ((2, 3, 4), [1])]:
            yield case(f"{name}, {list(shape)} over {axes}", name.split(" ")[0], lambda x: function(x, axes, False),
                       (shape, *sample), axes=axes, keeps=False, **attributes)
        yield case(f"{name}, kept", name.split(" ")[0], lambda x: function(x, [0, 1], True), ((2, 3), *sample),
                   axes=[0, 1], keeps=True, **attributes)

    def products(x, axes, keeps):
        for axis in sorted(axes, reverse=True):
            x = torch.prod(x, axis, keepdim=keeps)
        return x

    yield from over("sum", lambda x, a, k: torch.sum(x, a, keepdim=k))
    yield from over("mean", lambda x, a, k: torch.mean(x, a, keepdim=k))
    yield from over("max", lambda x, a, k: torch.amax(x, a, keepdim=k))
    yield from over("min", lambda x, a, k: torch.amin(x, a, keepdim=k))
    yield from over("product", products)
    for correction in [0, 1]:
        yield from over(f"variance {correction}", lambda x, a, k: torch.var(x, a, correction=correction, keepdim=k),
                        correction=correction)
        yield from over(f"deviation {correction}", lambda x, a, k: torch.std(x, a, correction=correction, keepdim=k),
                        correction=correction)
    for order in [1.0, 2.0, 3.0, 1.5, float("inf")]:
        yield from over(f"norm {order}", lambda x, a, k: torch.linalg.vector_norm(x, order, a, keepdim=k),
                        order="max" if order == float("inf") else order)

    # Ties and zeros: the subgradient chosen.
    for order in [1.0, 2.0, 3.0]:
        yield case(f"norm {order}, at 0", "norm at 0", lambda x: torch.linalg.vector_norm(x - x.detach(), order),
                   ((4,), 1.0), order=order)
    for name, function in [("max", torch.amax), ("min", torch.amin)]:
        yield case(f"{name}, of equals", f"{name} of equals", lambda x: function(x - x.detach(), 1), ((2, 3), 1.0))
    for name, function in [("product", torch.prod), ("cumulativeProduct", torch.cumprod)]:
        for zeros in [1, 2, 3]:
            mask = torch.ones(2, 5, dtype=torch.float64)
            mask[0, 1], mask[1, 0], mask[1, 4] = 0, float(zeros < 2), float(zeros < 3)
            yield case(f"{name}, {zeros} zeros", f"{name} masked", lambda x, mask: function(x * mask, 1), ((2, 5), 2.0),
                       constants={"mask": mask.numpy()})

    for shape, axis in [((6,), 0), ((3, 5), 1), ((3, 5), 0), ((2, 4, 3), 1), ((2, 4, 3), -3), ((1, 9), -1)]:
        where = f"{list(shape)} along {axis}"
        sample = (shape, 2.0)
        yield case(f"cumulativeSum, {where}", "cumulativeSum", lambda x: torch.cumsum(x, axis), sample, axis=axis, reversed=False)
        yield case(f"cumulativeSum, {where}, reversed", "cumulativeSum",
                   lambda x: torch.cumsum(x.flip(axis), axis).flip(axis), sample, axis=axis, reversed=True)
        yield case(f"cumulativeProduct, {where}", "cumulativeProduct", lambda x: torch.cumprod(x, axis), sample, axis=axis)
        yield case(f"sorted, {where}", "sorted", lambda x: torch.sort(x, axis)[0], sample, axis=axis, descending=False)
        yield case(f"sorted, {where}, descending", "sorted", lambda x: torch.sort(x, axis, descending=True)[0], sample,
                   axis=axis, descending=True)
        count = (shape[axis] + 1) // 2
        for largest in [True, False]:
            yield case(f"topK, {where}, {'largest' if largest else 'smallest'}", "topK",
                       lambda x: torch.topk(x, count, axis, largest)[0], sample, axis=axis, count=count, largest=largest)
        for share in [0.5, 0.3, 1.0]:
            yield case(f"quantile {share}, {where}", "quantile", lambda x: torch.quantile(x, share, axis), sample,
                       axis=axis, share=share)
        yield case(f"normalized, {where}", "normalized", lambda x: F.normalize(x, dim=axis), sample, axis=axis)


def contractions():
    for equation, *shapes in [
        ("ij,jk->ik", (2, 3), (3, 4)), ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)), ("ji,jk->ik", (3, 2), (3, 4)),
        ("ij,kj->ik", (2, 3), (4, 3)), ("ij,jk", (2, 3), (3, 2)), ("ji,ba->", (2, 3), (3, 2)), ("i,i->", (5,), (5,)),
        ("i,j->ji", (3,), (4,)), ("ij->", (2, 3)), ("ij->j", (2, 3)), ("ij->ji", (2, 3)), ("ii->i", (3, 3)),
        ("ii", (4, 4)), ("iij->j", (2, 2, 3)), ("ijij->ij", (2, 3, 2, 3)), ("iii->", (3, 3, 3)),
        ("ij,j->ij", (2, 3), (3,)), ("ij,ik->ijk", (2, 3), (2, 2)), ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
        ("bi,oij,bj->bo", (2, 3), (2, 3, 2), (2, 2)), ("bhqd,bhkd->bhqk", (2, 2, 3, 2), (2, 2, 2, 2)),
        ("nhwc,c->nhw", (1, 2, 3, 2), (2,)), ("ik,jk->", (2, 3), (4, 3)), ("aab,bc->ac", (2, 2, 3), (3, 2)),
        ("...ij,...jk->...ik", (2, 2, 3), (2, 3, 2)), ("...ij,...jk->...ik", (2, 3), (3, 2)),
        ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)), ("...ij,...jk", (2, 1, 3), (2, 3, 2)),
        ("...ij,...jk->...ik", (2, 1, 2, 3), (1, 3, 3, 2)), ("...ij,jk->...ik", (2, 2, 3), (3, 2)),
        ("...->", (2, 3)), ("...i->i...", (2, 3, 4)), ("i...->...", (2, 3, 2)), ("...,...", (2, 3), (3,)),
        ("b...c,c->b...", (2, 2, 3, 2), (2,)), ("...ii->...i", (2, 3, 3)), ("i...,...->i", (2, 3), (3,)),
        ("...ij,...jk,...k->...i", (2, 2, 2), (2, 3), (2, 3)),
    ]:
        where = f" of {' '.join(map(str, map(list, shapes)))}" if "..." in equation else ""
        yield case(f"einsum {equation}{where}", "einsum", lambda *x: torch.einsum(equation, *x), *[(s, 2.0) for s in shapes],
                   equation=equation)
    for shape in [(3, 3), (2, 4), (2, 3, 2)]:
        for offset in [-1, 0, 1]:
            where = f"{list(shape)} offset {offset}"
            sample = (shape, 2.0)
            yield case(f"diagonal, {where}", "diagonal", lambda x: torch.diagonal(x, offset, -2, -1), sample, offset=offset)
            yield case(f"placedOnDiagonal, {where}", "placedOnDiagonal", lambda x: torch.diag_embed(x, offset), sample,
                       offset=offset)
            yield case(f"lowerTriangle, {where}", "lowerTriangle", lambda x: torch.tril(x, offset), sample, offset=offset)
            yield case(f"upperTriangle, {where}", "upperTriangle", lambda x: torch.triu(x, offset), sample, offset=offset)
    yield case("trace", "trace", torch.trace, ((3, 3), 2.0))
    yield case("dot", "dot", torch.dot, ((5,), 2.0), ((5,), 2.0))
    yield case("outer", "outer", torch.outer, ((3,), 2.0), ((4,), 2.0))
    for a, b, left, right in [((2, 3), (3, 4), False, False), ((3, 2), (3, 4), True, False), ((2, 3), (4, 3), False, True),
                              ((3, 2), (4, 3), True, True), ((2, 2, 3), (3, 2), False, False),
                              ((2, 3, 2), (2, 3, 2), True, False), ((2, 1, 2, 3), (3, 3, 2), False, False)]:
        yield case(f"matmul, {list(a)} {list(b)} {left} {right}", "matmul",
                   lambda a, b: (a.mT if left else a) @ (b.mT if right else b), (a, 2.0), (b, 2.0), left=left, right=right)


def indexing():
    for shape, count, axis in [((5,), 4, 0), ((4, 3), 6, 0), ((2, 5), 3, 1), ((2, 3, 4), 5, 1)]:
        name = f"gathered, {count} of {list(shape)} along {axis}"
        chosen = indices(name, (count,), shape[axis])
        yield case(name, "gathered", lambda x, indices: torch.index_select(x, axis, indices), (shape, 2.0),
                   constants={"indices": chosen}, axis=axis)
        name = f"scatterAdded, {list(shape)} along {axis}"
        places = indices(name, (shape[axis],), 3)
        target = list(shape)
        target[axis] = 3
        yield case(name, "scatterAdded",
                   lambda x, indices: torch.zeros(target, dtype=x.dtype).index_add(axis, indices, x), (shape, 2.0),
                   constants={"indices": places}, axis=axis, length=3)
    for shape, count, axis in [((5,), 7, 0), ((4, 3), 2, 0), ((4, 3), 5, 1), ((2, 3, 4), 4, 1), ((2, 3, 4), 2, -1)]:
        wanted = list(shape)
        wanted[axis] = count
        name = f"taken, {list(shape)} along {axis}"
        yield case(name, "taken", lambda x, indices: torch.gather(x, axis, indices), (shape, 2.0),
                   constants={"indices": indices(name, wanted, shape[axis])}, axis=axis)
        name = f"added, {list(shape)} along {axis}"
        yield case(name, "added",
                   lambda x, indices: torch.zeros(wanted, dtype=x.dtype).scatter_add(axis, indices, x), (shape, 2.0),
                   constants={"indices": indices(name, shape, count)}, axis=axis, length=count)
    name = "pickedPerRow"
    yield case(name, name, lambda x, indices: x.gather(-1, indices[..., None])[..., 0], ((2, 3, 4), 2.0),
               constants={"indices": indices(name, (2, 3), 4)})
    name = "oneHot"
    yield case(name, name, lambda x, indices: F.one_hot(indices, 4).to(x) @ x, ((4, 3), 2.0),
               constants={"indices": indices(name, (5,), 4)})
    name = "filled"
    yield case(name, name, lambda x, mask: x.masked_fill(mask > 0, 1.5), ((3, 4), 2.0), constants={"mask": bits(name, (3, 4))})
    for shape, axis in [((5,), 0), ((2, 3), 1), ((3, 2, 4), 1), ((3, 2, 4), -3)]:
        where = f"{list(shape)} along {axis}"
        sample = (shape, 2.0)
        for distance in [1, -2, 7]:
            yield case(f"rolled by {distance}, {where}", "rolled", lambda x: torch.roll(x, distance, axis), sample,
                       axis=axis, distance=distance)
        yield case(f"flipped, {where}", "flipped", lambda x: torch.flip(x, [axis]), sample, axis=axis)
        yield case(f"repeated, {where}", "repeated", lambda x: torch.repeat_interleave(x, 3, axis), sample, axis=axis, times=3)
        yield case(f"stack, {where}", "stack", lambda *x: torch.stack(x, axis), sample, sample, axis=axis % (len(shape) + 1))
        yield case(f"concatenate, {where}", "concatenate", lambda *x: torch.cat(x, axis), sample, sample, sample, axis=axis)
        first = shape[axis] // 2
        yield case(f"split, {where}", "split", lambda x: torch.split(x, [first, shape[axis] - first], axis)[1], sample,
                   axis=axis, sizes=[first, shape[axis] - first])
    for shape, times in [((3,), [2]), ((2, 3), [3, 2]), ((2, 1, 2), [1, 4, 2])]:
        yield case(f"tiled, {list(shape)} {times}", "tiled", lambda x: torch.tile(x, times), (shape, 2.0), times=times)
    for top, bottom, left, right in [(1, 1, 1, 1), (0, 2, 1, 0), (2, 0, 0, 2), (2, 1, 3, 2)]:
        for mode in ["constant", "reflect", "replicate", "circular"]:
            def pad(x):
                settings = {"value": 0.5} if mode == "constant" else {}
                y = F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom), mode, **settings)
                return y.permute(0, 2, 3, 1)

            yield case(f"pad, {mode} {top} {bottom} {left} {right}", "pad", pad, ((2, 3, 4, 2), 2.0), mode=mode,
                       before=[0, top, left, 0], after=[0, bottom, right, 0])
    yield case("transposed", "transposed", lambda x: x.permute(2, 0, 1), ((2, 3, 4), 2.0), order=[2, 0, 1])
    yield case("sliced", "sliced", lambda x: x[1:3, 0:2], ((4, 3), 2.0), start=[1, 0], sizes=[2, 2])


if __name__ == "__main__":
    write("reductions", reductions())
    write("contractions", contractions())
    write("indexing", indexing())
