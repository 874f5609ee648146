"""Random models of fastText: their files, and a naive twin of their prediction."""

import re
import struct
from dataclasses import dataclass, field, replace

import numpy as np

MAGIC = 793712314
LOSSES = {"hs": 1, "ns": 2, "softmax": 3, "ova": 4}
END = "</s>"
FLOAT = np.float32


@dataclass
class Quantized:
    """A matrix of codes, as `rows` decodes it."""

    codes: np.ndarray
    centroids: list[np.ndarray]
    norm_codes: np.ndarray | None
    norms: np.ndarray | None

    @classmethod
    def random(cls, rng, n_rows, dim, part, has_norms):
        widths = [min(part, dim - first) for first in range(0, dim, part)]
        centroids = [rng.normal(size=(256, width)).astype(FLOAT) for width in widths]
        codes = rng.integers(0, 256, (n_rows, len(widths)), np.uint8)
        if not has_norms:
            return cls(codes, centroids, None, None)
        norms = rng.uniform(0.5, 2, 256).astype(FLOAT)
        return cls(codes, centroids, rng.integers(0, 256, n_rows, np.uint8), norms)

    def factors(self):
        if self.norms is None:
            return np.ones(len(self.codes), FLOAT)
        return self.norms[self.norm_codes]

    def rows(self):
        """Rows without their norms."""
        parts = [cut[self.codes[:, i]] for i, cut in enumerate(self.centroids)]
        return np.concatenate(parts, axis=1)

    def content(self):
        dim = sum(cut.shape[1] for cut in self.centroids)
        part, last = self.centroids[0].shape[1], self.centroids[-1].shape[1]
        n_rows, n_parts = self.codes.shape
        packed = struct.pack("<?qqi", self.norms is not None, n_rows, dim, self.codes.size)
        packed += self.codes.tobytes()
        packed += struct.pack("<4i", dim, n_parts, part, last)
        packed += b"".join(cut.tobytes() for cut in self.centroids)
        if self.norms is not None:
            packed += self.norm_codes.tobytes()
            packed += struct.pack("<4i", 1, 1, 1, 1) + self.norms.tobytes()
        return packed


@dataclass
class TinyModel:
    """A model: what its file holds, and what it predicts."""

    loss: str = "softmax"
    dim: int = 5
    words: list[str] = field(default_factory=lambda: [END, "good", "bad", "fäir", "the"])
    labels: list[str] = field(
        default_factory=lambda: [f"__label__{x}" for x in ("yes", "no", "so")]
    )
    counts: list[int] = field(default_factory=lambda: [5, 3, 3])
    word_ngrams: int = 1
    minn: int = 0
    maxn: int = 0
    bucket: int = 50
    kept: dict[int, int] | None = None
    version: int = 12
    kind: int = 3
    inputs: "np.ndarray | Quantized | None" = None
    outputs: "np.ndarray | Quantized | None" = None

    def filled(self, rng, *, part=0, has_norms=False, out_part=0):
        """Return it with random matrices; with parts they are quantized."""
        kept = self.bucket if self.kept is None else len(self.kept)
        n_rows, n_labels = len(self.words) + kept, len(self.labels)

        def matrix(n_rows, part):
            if part:
                return Quantized.random(rng, n_rows, self.dim, part, has_norms)
            return rng.normal(size=(n_rows, self.dim)).astype(FLOAT)

        return replace(self, inputs=matrix(n_rows, part), outputs=matrix(n_labels, out_part))

    def content(self):
        """Return the bytes of the file."""
        n_kept = -1 if self.kept is None else len(self.kept)
        packed = struct.pack("<2i", MAGIC, self.version)
        packed += struct.pack("<7i", self.dim, 5, 5, 1, 5, self.word_ngrams, LOSSES[self.loss])
        packed += struct.pack("<5id", self.kind, self.bucket, self.minn, self.maxn, 100, 1e-4)
        n_entries = len(self.words) + len(self.labels)
        packed += struct.pack("<3i2q", n_entries, len(self.words), len(self.labels), 99, n_kept)
        for word in self.words:
            packed += word.encode() + struct.pack("<xqB", 9, 0)
        for label, count in zip(self.labels, self.counts, strict=True):
            packed += label.encode() + struct.pack("<xqB", count, 1)
        for pair in (self.kept or {}).items():
            packed += struct.pack("<2i", *pair)
        for matrix in (self.inputs, self.outputs):
            is_quantized = isinstance(matrix, Quantized)
            packed += struct.pack("<?", is_quantized)
            if is_quantized:
                packed += matrix.content()
            else:
                packed += struct.pack("<2q", *matrix.shape) + matrix.tobytes()
        return packed

    def write(self, path):
        path.write_bytes(self.content())
        return path

    def probabilities(self, text):
        """Return the probability of each label, as fastText returns it."""
        scores = self._scores(self._hidden(text))
        return np.minimum(np.exp(scores), 1).astype(FLOAT)

    def _hidden(self, text):
        rows = self._rows(text)
        inputs = self.inputs
        if isinstance(inputs, Quantized):
            inputs = inputs.rows() * inputs.factors()[:, None]
        hidden = np.zeros(self.dim, FLOAT)
        for row in rows:
            hidden += inputs[row]
        return hidden * FLOAT(1 / len(rows)) if rows else hidden

    def _rows(self, text):
        rows, hashes = [], []
        for token in [*re.split(r"[ \t\n\v\f\r\0]+", text), END]:
            if not token:
                continue
            if token in self.labels or (token.startswith("__label__") and token not in self.words):
                continue
            hashes.append(fnv(token.encode()))
            if token in self.words:
                rows.append(self.words.index(token))
            if token == END:
                break
            rows += self._bucket_rows(self._characters(token))
        for i in range(len(hashes)):
            state = signed(hashes[i])
            for key in hashes[i + 1 : i + self.word_ngrams]:
                state = (state * 116049371 + signed(key)) % 2**64
                rows += self._bucket_rows([state % self.bucket])
        return rows

    def _characters(self, token):
        marked = f"<{token}>"
        for first in range(len(marked)):
            for n in range(max(self.minn, 1), self.maxn + 1):
                last = first + n
                if last > len(marked):
                    break
                if n > 1 or 0 < first < len(marked) - 1:
                    yield fnv(marked[first:last].encode()) % self.bucket

    def _bucket_rows(self, buckets):
        for bucket in buckets:
            if self.kept is None:
                yield len(self.words) + bucket
            elif bucket in self.kept:
                yield len(self.words) + self.kept[bucket]

    def _scores(self, hidden):
        products = self._products(hidden)
        if self.loss == "hs":
            return self._scores_of_tree(products)
        if self.loss == "softmax":
            powers = np.exp((products - products.max()).astype(float)).astype(FLOAT)
            outputs = powers / np.add.accumulate(powers)[-1]
        else:
            outputs = np.array([sigmoid(x) for x in products], FLOAT)
        return np.log(outputs.astype(float) + 1e-5).astype(FLOAT)

    def _products(self, hidden):
        outputs, factors = self.outputs, FLOAT(1)
        if isinstance(outputs, Quantized):
            outputs, factors = outputs.rows(), outputs.factors()
        return np.add.accumulate(outputs * hidden, axis=1)[:, -1] * factors

    def _scores_of_tree(self, products):
        """Join the two nodes of the lowest counts, inner ones before leaves, again and again."""
        leaves = [(count, 1, -number) for number, count in enumerate(self.counts)]
        inner, children = [], {}
        while len(leaves) + len(inner) > 1:
            pair = []
            for _ in range(2):
                leaf, node = min(leaves, default=None), min(inner, default=None)
                source = leaves if node is None or (leaf and leaf[0] < node[0]) else inner
                pair.append(min(source))
                source.remove(pair[-1])
            number = len(self.labels) + len(children)
            children[number] = [-each[2] if each[1] else each[2] for each in pair]
            inner.append((pair[0][0] + pair[1][0], 0, number))
        scores = np.zeros(len(self.labels), FLOAT)

        def walk(node, score):
            if node not in children:
                scores[node] = score
                return
            x = products[node - len(self.labels)]
            right = FLOAT(1 / (1 + float(np.exp(-x))))
            left = FLOAT(1 - float(right))
            for child, share in zip(children[node], (left, right), strict=True):
                walk(child, FLOAT(score + FLOAT(np.log(float(share) + 1e-5))))

        walk(len(self.labels) + len(children) - 1 if children else 0, FLOAT(0))
        return scores


def sigmoid(x):
    if not -8 <= x <= 8:
        return float(x > 8)
    step = int((FLOAT(x) + FLOAT(8)) * FLOAT(512) / FLOAT(8) / FLOAT(2))
    return 1 / (1 + float(np.exp(-FLOAT(step * 16 / 512 - 8))))


def fnv(content):
    state = 2166136261
    for byte in content:
        state = (state ^ byte ^ (0xFFFFFF00 if byte >= 0x80 else 0)) * 16777619 % 2**32
    return state


def signed(key):
    return (key - 2**32 if key >= 2**31 else key) % 2**64
