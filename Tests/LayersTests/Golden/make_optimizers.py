"""Makes optimizers.json and schedules.json.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu
    venv/bin/python make_optimizers.py
"""

import math

import torch
from torch.optim import lr_scheduler

import cases
from cases import SEED, made

STEPS = 6
SHAPES = {"weight": (3, 4), "bias": (4,)}


def after_steps(make, key, dtype):
    """Parameter values after the first and the last step; the gradients are made, not computed."""
    parameters = {
        n: torch.nn.Parameter(torch.tensor(made(f"{key}/{n}", s), dtype=dtype)) for n, s in SHAPES.items()}
    optimizer = make(list(parameters.values()))
    kept = {}
    for step in range(STEPS):
        for n, p in parameters.items():
            p.grad = torch.tensor(made(f"{key}/gradient{step}/{n}", SHAPES[n]), dtype=dtype)
        optimizer.step()
        if step in (0, STEPS - 1):
            kept[step + 1] = {n: p.detach().double().numpy().copy() for n, p in parameters.items()}
    return kept


def optimizers():
    def make(name, kind, **settings):
        key = f"{SEED}/{name}"
        build = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamW": torch.optim.AdamW}[kind]
        wide, narrow = (
            after_steps(lambda p: build(p, **settings), key, d) for d in (torch.float64, torch.float32))
        lost = max(cases.deviation(wide[s][n], narrow[s][n]) for s in wide for n in SHAPES)
        assert lost < cases.FLOAT32_LIMIT, f"{name}: float32 loses {lost}"
        return {
            "name": name, "operation": kind, "attributes": settings,
            "parameters": {n: list(s) for n, s in SHAPES.items()},
            **{f"afterStep{s}": {n: v.reshape(-1).tolist() for n, v in wide[s].items()} for s in wide},
            "float32Deviation": float(f"{lost:.1e}"),
        }

    yield make("sgd", "sgd", lr=0.1)
    yield make("sgd, decay", "sgd", lr=0.1, weight_decay=0.05)
    yield make("sgd, momentum", "sgd", lr=0.1, momentum=0.9)
    yield make("sgd, momentum and decay", "sgd", lr=0.1, momentum=0.9, weight_decay=0.05)
    yield make("sgd, nesterov", "sgd", lr=0.1, momentum=0.9, nesterov=True)
    yield make("sgd, nesterov and decay", "sgd", lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05)
    yield make("sgd, dampening", "sgd", lr=0.1, momentum=0.9, dampening=0.5)
    yield make("adam", "adam", lr=0.01)
    yield make("adam, betas and epsilon", "adam", lr=0.01, betas=(0.8, 0.95), eps=1e-3)
    yield make("adam, decay in the gradient", "adam", lr=0.01, weight_decay=0.1)
    yield make("adamW", "adamW", lr=0.01, weight_decay=0.01)
    yield make("adamW, decay 0.2", "adamW", lr=0.01, weight_decay=0.2, betas=(0.9, 0.95))
    yield make("adamW, no decay", "adamW", lr=0.01, weight_decay=0.0)


def clipping():
    """Global norm. PyTorch multiplies by limit / (norm + 1e-6), at most 1."""
    for name, limit in [("clip by norm", 1.5), ("clip by norm, below the limit", 50.0)]:
        key = f"{SEED}/{name}"
        parameters = [torch.nn.Parameter(torch.zeros(s, dtype=torch.float64)) for s in SHAPES.values()]
        for n, p in zip(SHAPES, parameters):
            p.grad = torch.tensor(made(f"{key}/gradient0/{n}", SHAPES[n]))
        norm = torch.nn.utils.clip_grad_norm_(parameters, limit).item()
        yield {
            "name": name, "operation": "clipByGlobalNorm", "attributes": {"limit": limit, "epsilon": 1e-6},
            "parameters": {n: list(s) for n, s in SHAPES.items()}, "norm": norm,
            "clipped": {n: p.grad.reshape(-1).tolist() for n, p in zip(SHAPES, parameters)}}


def rates(make, steps, **settings):
    """The learning rate (and the momentum, where the schedule moves it) that each step uses."""
    parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([parameter], **settings)
    schedule = make(optimizer)
    rate, momentum = [], []
    for _ in range(steps):
        rate.append(optimizer.param_groups[0]["lr"])
        momentum.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        schedule.step()
    return rate, momentum


def schedules():
    def make(name, operation, attributes, steps, build, momentum=None):
        rate, moved = rates(build, steps, lr=attributes.get("peak", 0.5), momentum=momentum or 0.0)
        entry = {"name": name, "operation": operation, "attributes": {**attributes, "steps": steps}, "rates": rate}
        if momentum:
            entry["momenta"] = moved
        return entry

    def cosine(name, peak, warm, steps, final):
        def build(optimizer):
            down = lr_scheduler.CosineAnnealingLR(optimizer, steps - warm, final)
            if warm == 0:
                return down
            up = lr_scheduler.LinearLR(optimizer, 1 / warm, 1.0, warm - 1)
            return lr_scheduler.SequentialLR(optimizer, [up, down], [warm])

        entry = make(name, "cosine", {"peak": peak, "warmUp": warm, "final": final}, steps, build)
        for step, rate in enumerate(entry["rates"]):
            progress = (step - warm) / (steps - warm)
            formula = (peak * (step + 1) / warm if step < warm
                       else final + (peak - final) * (1 + math.cos(math.pi * progress)) / 2)
            assert abs(rate - formula) < 1e-14, (name, step, rate, formula)
        return entry

    yield cosine("cosine", 0.5, 0, 20, 0.0)
    yield cosine("cosine to a floor", 0.5, 0, 13, 0.01)
    yield cosine("cosine with warm-up", 0.5, 5, 20, 0.0)
    yield cosine("cosine with warm-up to a floor", 0.5, 4, 25, 0.002)

    for name, share, anneal, steps, divisor, final in [
        ("one cycle", 0.3, "cos", 20, 25.0, 1e4), ("one cycle, linear", 0.25, "linear", 24, 10.0, 100.0),
        ("one cycle, 37 steps", 0.4, "cos", 37, 25.0, 1e4),
    ]:
        attributes = {
            "peak": 0.5, "rise": share, "shape": anneal, "startDivisor": divisor, "finalDivisor": final,
            "lowMomentum": 0.85, "highMomentum": 0.95}
        yield make(name, "oneCycle", attributes, steps, lambda optimizer: lr_scheduler.OneCycleLR(
            optimizer, 0.5, steps, pct_start=share, anneal_strategy=anneal, div_factor=divisor,
            final_div_factor=final), momentum=0.9)

    yield make("step", "step", {"peak": 0.5, "every": 5, "factor": 0.1}, 18,
               lambda optimizer: lr_scheduler.StepLR(optimizer, 5, 0.1))
    yield make("milestones", "milestones", {"peak": 0.5, "at": [4, 9, 10], "factor": 0.2}, 14,
               lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [4, 9, 10], 0.2))


if __name__ == "__main__":
    cases.write("optimizers", list(optimizers()) + list(clipping()))
    cases.write("schedules", list(schedules()))
