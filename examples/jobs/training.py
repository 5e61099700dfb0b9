"""What the training of examples/jobs/training.toml comes to in the clear, without any package.

    python3 examples/jobs/training.py

Prints for both owners together and for each alone how good the model is for the samples that it was
not trained with, and the weights of the first, the bias last.
"""

import csv
import math
import pathlib

DATA = pathlib.Path(__file__).parent.parent / "data"
# As in the job file: file, column, what is taken away, what it is divided by.
FEATURES = [
    ("clinic", "radius_mean", 14, 3.5),
    ("clinic", "texture_mean", 19, 4),
    ("clinic", "perimeter_mean", 92, 24),
    ("clinic", "area_mean", 655, 350),
    ("laboratory", "smoothness_mean", 0.1, 0.014),
    ("laboratory", "compactness_mean", 0.1, 0.05),
    ("laboratory", "concavity_mean", 0.09, 0.08),
]
EPOCHS, BATCH, RATE, HELD_OUT = 10, 128, 1.0, 5


def column(file, name):
    with open(DATA / f"{file}.csv", newline="") as rows:
        return [float(row[name]) for row in csv.DictReader(rows)]


def trained(rows, labels):
    """Gradient descent over batches in their order; what is left of an epoch is left out."""
    weights = [0.0] * len(rows[0])
    for _ in range(EPOCHS):
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            step = [0.0] * len(weights)
            for row, label in zip(rows[start : start + BATCH], labels[start : start + BATCH]):
                error = 1 / (1 + math.exp(-total(row, weights))) - label
                step = [s + error * x for s, x in zip(step, row)]
            weights = [w - RATE * s / BATCH for w, s in zip(weights, step)]
    return weights


def total(row, weights):
    return sum(x * w for x, w in zip(row, weights))


def area(rows, labels, weights):
    """Of all pairs of a 1 and a 0, the part in which the model says more of the 1."""
    said = [(total(row, weights), label) for row, label in zip(rows, labels)]
    ones = [value for value, label in said if label == 1]
    zeros = [value for value, label in said if label == 0]
    above = sum((one > zero) + (one == zero) / 2 for one in ones for zero in zeros)
    return above / (len(ones) * len(zeros))


def main():
    labels = column("laboratory", "malignant")
    is_held = [place % HELD_OUT == HELD_OUT - 1 for place in range(len(labels))]

    def those(values, which):
        return [value for value, held in zip(values, is_held) if held == which]

    for who in (["clinic", "laboratory"], ["clinic"], ["laboratory"]):
        scaled = [
            [(value - offset) / scale for value in column(file, name)]
            for file, name, offset, scale in FEATURES
            if file in who
        ]
        rows = [list(row) + [1.0] for row in zip(*scaled)]
        weights = trained(those(rows, False), those(labels, False))
        tried, truth = those(rows, True), those(labels, True)
        right = sum((total(row, weights) > 0) == (label == 1) for row, label in zip(tried, truth))
        print(
            f"{' and '.join(who)}: right for {right} of {len(truth)}, accuracy"
            f" {right / len(truth):.4f}, auc {area(tried, truth, weights):.4f}"
        )
        if len(who) == 2:
            print("weights", " ".join(f"{weight:.4f}" for weight in weights))


if __name__ == "__main__":
    main()
