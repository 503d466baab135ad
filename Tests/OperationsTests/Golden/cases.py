"""One case of a golden file: tensors made from names, a PyTorch function, its output and gradients in float64.

Every tensor that goes in is rounded to float32 first, so that its elements are the same wherever they are made.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1] / "ModelsTests" / "Golden"))

import numpy as np
import torch

import hashed_numbers as hashed

torch.set_num_threads(1)
SEED = "operations-1"


def made(key, shape, scale=1.0, shift=0.0):
    """float32(shift + scale * u), kept as float64."""
    u = hashed.uniform(key, int(np.prod(shape))).reshape(shape)
    return (shift + scale * u).astype(np.float32).astype(np.float64)


def indices(name, shape, bound):
    """Whole numbers in 0 ..< bound, made from the case's name."""
    count = int(np.prod(shape))
    return (hashed.splitmix(f"{SEED}/{name}/indices", count) % np.uint64(bound)).astype(np.int64).reshape(shape)


def signs(name, shape):
    """-1 and 1, made from the case's name."""
    return np.where(made(f"{SEED}/{name}/signs", shape) < 0, -1.0, 1.0)


def bits(name, shape):
    """0 and 1, made from the case's name."""
    return (signs(name, shape) + 1) / 2


def stored(values, key):
    """All values when there are at most 64, else a digest."""
    values = np.asarray(values, dtype=np.float64)
    if values.size <= 64:
        return {"shape": list(values.shape), "values": values.reshape(-1).tolist()}
    return {"shape": list(values.shape), **hashed.digest(values, key)}


def case(name, operation, function, *inputs, constants=None, **attributes):
    """Runs `function` and returns the entry for the file.

    Each of `inputs` is (shape, scale, shift) and has a gradient; they are called x0, x1, ... `constants` are arrays,
    stored as they are. `function` takes the inputs in order and the constants by name.
    """
    key = f"{SEED}/{name}"
    names = [f"x{i}" for i in range(len(inputs))]
    leaves = [torch.tensor(made(f"{key}/{n}", *spec), requires_grad=True) for n, spec in zip(names, inputs)]
    fixed = {n: np.asarray(v) for n, v in (constants or {}).items()}
    output = function(*leaves, **{n: torch.tensor(v) for n, v in fixed.items()})
    if output.requires_grad:
        cotangent = made(f"{key}/cotangent", tuple(output.shape)) if output.dim() else np.ones(())
        (output * torch.tensor(cotangent)).sum().backward()
    gradients = [np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy() for leaf in leaves]
    entry = {
        "name": name, "operation": operation, "attributes": attributes,
        "inputs": [
            {"name": n, "shape": list(spec[0]), **dict(zip(("scale", "shift"), spec[1:]))}
            for n, spec in zip(names, inputs)],
    }
    if fixed:
        entry["constants"] = [
            {"name": n, "shape": list(v.shape), "values": v.reshape(-1).tolist()} for n, v in fixed.items()]
    entry["output"] = stored(output.detach().numpy(), f"{key}/output")
    entry["gradients"] = {n: stored(g, f"{key}/{n}") for n, g in zip(names, gradients)}
    return entry


def write(name, cases):
    cases = list(cases)
    assert len({c["name"] for c in cases}) == len(cases), f"{name}: two cases of one name"
    hashed.write(FOLDER / f"{name}.json", {"seed": SEED, "torch": torch.__version__, "cases": cases})
    print(name, len(cases))
