"""Numbers that any language can make again from a name, the digest of a tensor, and the JSON they are kept in.

Golden files stay small because inputs, weights and projection vectors are not stored: they are made by
`uniform(key, count)`, which uses 64-bit integer arithmetic and exact float64 steps only.
"""

import json

import numpy as np


def fnv1a(key):
    """FNV-1a, 64 bits, of the UTF-8 bytes of `key`."""
    value = 0xCBF29CE484222325
    for byte in key.encode("utf-8"):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def splitmix(key, count):
    """The first `count` outputs of SplitMix64 whose state starts at `fnv1a(key)`."""
    index = np.arange(1, count + 1, dtype=np.uint64)
    z = np.uint64(fnv1a(key)) + index * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(key, count):
    """Float64 numbers in [-1, 1): the top 53 bits, minus 2^52, times 2^-52. Every step is exact."""
    top = (splitmix(key, count) >> np.uint64(11)).astype(np.int64)
    return (top - (1 << 52)).astype(np.float64) * 2.0**-52


def digest(values, key, first=4):
    """Sum, Euclidean norm, two projections on hashed vectors, and the first elements.

    `values` is a float64 array in our layout; `key` names the projection vectors.
    """
    flat = np.ascontiguousarray(values, dtype=np.float64).reshape(-1)
    exact = flat.astype(np.longdouble)

    def dot(other):
        return float(np.sum(exact * other.astype(np.longdouble)))

    return {
        "sum": float(np.sum(exact)),
        "norm": float(np.sqrt(np.sum(exact * exact))),
        "projections": [dot(uniform(f"{key}/projection{i}", flat.size)) for i in range(2)],
        "first": flat[:first].tolist(),
    }


def write(path, record):
    """Writes `record` with one line for each entry of a list of objects.

    Python prints the shortest decimal that reads back as the same float64 (at most 17 digits).
    """
    lines = []
    for name, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n    ".join(json.dumps(row, allow_nan=False) for row in value)
            lines.append(f"{json.dumps(name)}: [\n    {rows}\n  ]")
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(value, allow_nan=False)}")
    text = "{\n  " + ",\n  ".join(lines) + "\n}\n"
    json.loads(text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"{path}: {len(text)} bytes")
