"""One case of a golden file: tensors made from names, a PyTorch function, its output and gradients.

Every tensor that goes in is rounded to float32 first, so the numbers computed from it in float64 are the reference
for both precisions. What PyTorch itself loses in float32 is measured and kept with the case.
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
SEED = "layers-1"
FLOAT32_LIMIT = 5e-6


def made(key, shape, scale=1.0, shift=0.0):
    """float32(shift + scale * u), kept as float64."""
    u = hashed.uniform(key, int(np.prod(shape))).reshape(shape)
    return (shift + scale * u).astype(np.float32).astype(np.float64)


def made_labels(key, shape, classes):
    count = int(np.prod(shape))
    return (hashed.splitmix(key, count) % np.uint64(classes)).astype(np.int64).reshape(shape)


def away_from(values, *kinks, margin=1e-3):
    """Stops when an element is so near a kink that float32 and float64 could differ in kind."""
    for kink in kinks:
        distance = np.abs(np.asarray(values) - kink).min()
        assert distance > margin, f"an element lies {distance} from the kink at {kink}: change the scale"


def stored(values, key):
    """All values when there are at most 64, else a digest."""
    values = np.asarray(values, dtype=np.float64)
    if values.size <= 64:
        return {"shape": list(values.shape), "values": values.reshape(-1).tolist()}
    return {"shape": list(values.shape), **hashed.digest(values, key)}


def deviation(wide, narrow):
    largest = np.abs(wide).max()
    return 0.0 if largest == 0 else float(np.abs(wide - narrow).max() / largest)


def case(name, operation, attributes, inputs, function, constants=None):
    """Runs `function` in both precisions and returns the entry for the file.

    `inputs` maps a name to (shape, scale) or (shape, scale, shift); gradients are taken with respect to all of them. `function` sees and
    returns tensors in our layout, so the gradients come out in it too; it may return (output, extras). `constants`
    are tensors without gradients, stored as they are (labels) or described like inputs.
    """
    key = f"{SEED}/{name}"
    constants = constants or {}
    values = {n: made(f"{key}/{n}", *spec) for n, spec in inputs.items()}
    fixed = {
        n: made(f"{key}/{n}", *spec) if isinstance(spec, tuple) else np.asarray(spec)
        for n, spec in constants.items()
    }
    results = {}
    for dtype in (torch.float64, torch.float32):
        leaves = {n: torch.tensor(v, dtype=dtype, requires_grad=True) for n, v in values.items()}
        others = {
            n: torch.tensor(v) if v.dtype == np.int64 else torch.tensor(v, dtype=dtype)
            for n, v in fixed.items()
        }
        output = function(**leaves, **others)
        output, extras = output if isinstance(output, tuple) else (output, {})
        if output.dim() == 0:
            output.backward()
        else:
            cotangent = made(f"{key}/cotangent", tuple(output.shape))
            (output * torch.tensor(cotangent, dtype=dtype)).sum().backward()
        arrays = {"output": output, **{f"gradient of {n}": t.grad for n, t in leaves.items()}, **extras}
        results[dtype] = {n: t.detach().double().numpy() for n, t in arrays.items()}
    wide, narrow = results[torch.float64], results[torch.float32]
    lost = max(deviation(wide[n], narrow[n]) for n in wide)
    assert lost < FLOAT32_LIMIT, f"{name}: float32 loses {lost}"

    def described(n, spec):
        if not isinstance(spec, tuple):
            return {"name": n, "shape": list(fixed[n].shape), "values": fixed[n].reshape(-1).tolist()}
        shape, scale, shift = (*spec, 0.0)[:3]
        return {"name": n, "shape": list(shape), "scale": scale, "shift": shift}

    entry = {
        "name": name, "operation": operation, "attributes": attributes,
        "inputs": [described(n, s) for n, s in inputs.items()],
    }
    if constants:
        entry["constants"] = [described(n, s) for n, s in constants.items()]
    entry["output"] = stored(wide["output"], f"{key}/output")
    entry["gradients"] = {n: stored(wide[f"gradient of {n}"], f"{key}/{n}") for n in inputs}
    extras = {n: stored(v, f"{key}/{n}") for n, v in wide.items()
              if n != "output" and not n.startswith("gradient of ")}
    if extras:
        entry["extras"] = extras
    entry["float32Deviation"] = float(f"{lost:.1e}")
    return entry


def write(name, cases):
    hashed.write(FOLDER / f"{name}.json", {"seed": SEED, "torch": torch.__version__, "cases": cases})


def channels_first(x):
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    return x.permute(0, 2, 3, 1)
