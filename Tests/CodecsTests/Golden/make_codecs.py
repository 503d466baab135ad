"""Makes compressed.json and png.json beside this file.

Made with Python 3.11, zlib 1.2.13 and Pillow 13.0.0:  python make_codecs.py

Everything is deterministic: noise comes from the linear congruential generator below, which the
Swift tests have too. Files and expected samples are kept in base64; 16-bit samples big-endian.
PNG files of every colour type, depth, filter and interlacing are written by the few lines in
`png`, and where Pillow can read one, what it reads is asserted to be what was written.
"""

import base64
import gzip
import io
import json
import pathlib
import struct
import zlib

from PIL import Image

HERE = pathlib.Path(__file__).parent


def text64(data):
    return base64.b64encode(bytes(data)).decode()


def noise(count, seed):
    """The high bytes of x -> 1664525 x + 1013904223 modulo 2^32."""
    values, x = bytearray(), seed
    for _ in range(count):
        x = (1664525 * x + 1013904223) & 0xFFFFFFFF
        values.append(x >> 24)
    return bytes(values)


# --- deflate, zlib, gzip

CONTENTS = {
    "empty": b"",
    "letter": b"a",
    "run": b"a" * 1000,
    "period2": b"ab" * 700,
    "period7": b"abcdefg" * 300,
    "text": b"".join(b"line %d of a text that repeats itself, %d\n" % (i, i * i) for i in range(60)),
    "noise": noise(600, 1),
    "skewed": bytes(b & b2 & b3 for b, b2, b3 in zip(noise(2000, 2), noise(2000, 3), noise(2000, 4))),
    "far": noise(300, 5) + bytes(32468) + noise(300, 5),
}

STRATEGIES = {
    "default": zlib.Z_DEFAULT_STRATEGY,
    "fixed": zlib.Z_FIXED,
    "huffman": zlib.Z_HUFFMAN_ONLY,
    "rle": zlib.Z_RLE,
}


def deflate(data, level, strategy, wbits):
    packer = zlib.compressobj(level, zlib.DEFLATED, wbits, 9, strategy)
    return packer.compress(data) + packer.flush()


def compressed():
    cases = []
    for name, data in CONTENTS.items():
        for level, strategy in [(0, "default"), (1, "default"), (6, "default"), (9, "default"),
                                (6, "fixed"), (6, "huffman"), (6, "rle")]:
            if len(data) > 1000 and (level in (0, 1) or strategy in ("huffman",)):
                continue
            for wrapper, wbits in [("deflate", -15), ("zlib", 15)]:
                if wrapper == "zlib" and (level, strategy) != (6, "default"):
                    continue
                cases.append({
                    "name": f"{name}, level {level}, {strategy}, {wrapper}", "wrapper": wrapper,
                    "file": text64(deflate(data, level, STRATEGIES[strategy], wbits)),
                    "count": len(data), "crc32": zlib.crc32(data), "adler32": zlib.adler32(data)})

    # Flush points: several blocks, some of them empty and stored.
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = CONTENTS["text"]
    parts = packer.compress(data[:500]) + packer.flush(zlib.Z_SYNC_FLUSH)
    parts += packer.compress(data[500:]) + packer.flush(zlib.Z_FULL_FLUSH) + packer.flush()
    cases.append({"name": "flush points", "wrapper": "deflate", "file": text64(parts),
                  "count": len(data), "crc32": zlib.crc32(data), "adler32": zlib.adler32(data)})

    def member(data, name=b"", comment=b"", extra=None, header_sum=False, time=0):
        flags = (2 * header_sum) | (4 * (extra is not None)) | (8 * bool(name)) | (16 * bool(comment))
        head = b"\x1f\x8b\x08" + bytes([flags]) + struct.pack("<IBB", time, 0, 3)
        if extra is not None:
            head += struct.pack("<H", len(extra)) + extra
        if name:
            head += name + b"\0"
        if comment:
            head += comment + b"\0"
        if header_sum:
            head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
        body = deflate(data, 6, zlib.Z_DEFAULT_STRATEGY, -15)
        return head + body + struct.pack("<II", zlib.crc32(data), len(data))

    text, run = CONTENTS["text"], CONTENTS["run"]
    for name, file, data in [
        ("gzip module", gzip.compress(text, mtime=0), text),
        ("all header fields",
         member(run, b"caf\xe9.idx", b"a comment", b"AB\x02\x00hi", True, 86400), run),
        ("empty", member(b""), b""),
        ("two members", member(text, b"one") + member(run, b"two"), text + run),
        ("empty member first", member(b"") + member(run), run),
        ("padding", member(run) + bytes(100), run),
    ]:
        assert gzip.decompress(file) == data
        cases.append({"name": name, "wrapper": "gzip", "file": text64(file), "count": len(data),
                      "crc32": zlib.crc32(data), "adler32": zlib.adler32(data)})
    return cases


# --- PNG

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def filtered(rows, bpp, first):
    """Filters row y with type (first + y) modulo 5."""
    out = bytearray()
    above = bytes(len(rows[0]))
    for y, row in enumerate(rows):
        kind = (first + y) % 5
        out.append(kind)
        for x, value in enumerate(row):
            a = row[x - bpp] if x >= bpp else 0
            b = above[x]
            c = above[x - bpp] if x >= bpp else 0
            guess = [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]
            out.append((value - guess) & 255)
        above = row
    return bytes(out)


def png(width, height, colour, depth, interlaced, samples, extra=b"", first=0, split=None):
    """`samples` is a flat list of raw sample values."""
    channels = CHANNELS[colour]
    bpp = max(1, depth * channels // 8)

    def packed_row(y, xs):
        bits = "".join(
            format(samples[(y * width + x) * channels + c], f"0{depth}b")
            for x in xs for c in range(channels))
        bits += "0" * (-len(bits) % 8)
        return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))

    data = b""
    for x0, y0, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        xs, ys = range(x0, width, dx), range(y0, height, dy)
        if xs and ys:
            data += filtered([packed_row(y, xs) for y in ys], bpp, first)
    data = zlib.compress(data, 9)
    file = b"\x89PNG\r\n\x1a\n"
    file += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
    file += extra
    for start in range(0, len(data), split or len(data)):
        file += chunk(b"IDAT", data[start:start + (split or len(data))])
    return file + chunk(b"IEND", b"")


def random_samples(count, depth, seed):
    if depth == 16:
        raw = noise(2 * count, seed)
        return [raw[2 * i] << 8 | raw[2 * i + 1] for i in range(count)]
    return [b >> (8 - depth) for b in noise(count, seed)]


def expanded(samples, width, height, colour, depth, palette=None, alpha=None, key=None):
    """What a reader that applies palette and transparency should return: (channels, values)."""
    if colour == 3:
        pixels = [palette[3 * i:3 * i + 3] for i in samples]
        if alpha is not None:
            pixels = [p + bytes([alpha[i] if i < len(alpha) else 255])
                      for p, i in zip(pixels, samples)]
        return len(pixels[0]), [v for p in pixels for v in p]
    channels, top = CHANNELS[colour], (1 << depth) - 1
    full = 65535 if depth == 16 else 255
    values = [s * full // top for s in samples]
    if key is None:
        return channels, values
    out = []
    for i in range(0, len(samples), channels):
        out += values[i:i + channels] + [0 if samples[i:i + channels] == key else full]
    return channels + 1, out


def check_with_pillow(name, file, channels, depth, values):
    image = Image.open(io.BytesIO(file))
    image.load()
    if depth == 16 and channels == 1 and image.mode.startswith("I"):
        assert list(image.getdata()) == values, name
        return True
    if depth == 16:
        return False
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    seen = image if image.mode == mode else image.convert(mode)
    assert seen.tobytes() == bytes(values), (name, image.mode)
    return True


def encoded_values(values, depth):
    return text64(struct.pack(f">{len(values)}H", *values) if depth == 16 else bytes(values))


def pngs():
    cases, checked = [], 0

    def add(name, width, height, colour, depth, interlaced, extra=b"", palette=None, alpha=None,
            key=None, first=0, split=None, seed=7):
        nonlocal checked
        samples = random_samples(width * height * CHANNELS[colour], depth, seed)
        if palette is not None:
            samples = [s % (len(palette) // 3) for s in samples]
        if key is not None:  # make sure that some pixels are transparent
            for at in range(0, len(samples), 3 * len(key)):
                samples[at:at + len(key)] = key
        file = png(width, height, colour, depth, interlaced, samples, extra, first, split)
        channels, values = expanded(samples, width, height, colour, depth, palette, alpha, key)
        if key is None or depth == 8:  # Pillow compares unscaled keys with scaled samples
            checked += check_with_pillow(name, file, channels, depth, values)
        cases.append({
            "name": name, "file": text64(file), "width": width, "height": height,
            "channels": channels, "bitDepth": 16 if depth == 16 else 8,
            "samples": encoded_values(values, depth), "raw": encoded_values(samples, depth)})

    for interlaced in (0, 1):
        for colour, depths in [(0, (1, 2, 4, 8, 16)), (2, (8, 16)), (4, (8, 16)), (6, (8, 16))]:
            for depth in depths:
                add(f"colour {colour}, depth {depth}, interlaced {interlaced}", 9, 11, colour,
                    depth, interlaced, first=depth)
        for depth in (1, 2, 4, 8):
            palette = noise(3 * min(1 << depth, 20), 40 + depth)
            add(f"palette, depth {depth}, interlaced {interlaced}", 9, 11, 3, depth, interlaced,
                chunk(b"PLTE", palette), palette)
    for width, height in [(1, 1), (2, 1), (1, 2), (3, 3), (4, 4), (5, 5), (1, 9), (9, 1), (8, 8),
                          (6, 7), (17, 3)]:
        add(f"interlaced {width} x {height}", width, height, 0, 8, 1, first=4, seed=width)
    for first in range(5):
        add(f"first filter {first}", 6, 6, 2, 8, 0, first=first, seed=20 + first)

    palette = noise(3 * 16, 50)
    add("palette with alpha", 8, 8, 3, 4, 0,
        chunk(b"PLTE", palette) + chunk(b"tRNS", bytes([0, 100, 200])), palette, bytes([0, 100, 200]))
    for depth, value in [(1, 1), (2, 2), (4, 9), (8, 77)]:
        add(f"transparent grey, depth {depth}", 9, 5, 0, depth, 0,
            chunk(b"tRNS", struct.pack(">H", value)), key=[value])
    add("transparent grey, depth 16", 5, 5, 0, 16, 0, chunk(b"tRNS", b"\x12\x34"), key=[0x1234])
    add("transparent RGB, depth 8", 5, 5, 2, 8, 1, chunk(b"tRNS", struct.pack(">3H", 9, 8, 7)),
        key=[9, 8, 7])
    add("transparent RGB, depth 16", 5, 5, 2, 16, 0,
        chunk(b"tRNS", struct.pack(">3H", 999, 888, 777)), key=[999, 888, 777])
    add("many chunks", 12, 12, 2, 8, 0,
        chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"tEXt", b"Comment\0two words")
        + chunk(b"PLTE", noise(30, 3)), split=1)

    # Pillow's own encoder.
    for mode, channels in [("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)]:
        raw = bytes((x * 7 + y * 3 + c * 50) & 255
                    for y in range(20) for x in range(30) for c in range(channels))
        image = Image.frombytes(mode, (30, 20), raw)
        stream = io.BytesIO()
        image.save(stream, "PNG")
        cases.append({
            "name": f"Pillow {mode}", "file": text64(stream.getvalue()), "width": 30, "height": 20,
            "channels": channels, "bitDepth": 8, "samples": text64(raw), "raw": text64(raw),
            "grey": text64(image.convert("L").tobytes()) if mode != "LA" else text64(raw[::2])})
    print(f"{len(cases)} PNG files, {checked} of them checked with Pillow")
    return cases


def write(name, cases):
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    write("compressed.json", compressed())
    write("png.json", pngs())
