"""Writes statistics.json beside this file: what numpy says of a few columns, whoever holds their rows.

Needs numpy. A quantile is the least value that so large a part of all does not exceed, which numpy calls
`inverted_cdf`. Run it in the root of the repository.
"""

import json

import numpy

luck = numpy.random.default_rng(5)
PARTS = [0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.99, 1.0]


def case(name, x, y, cuts, low, high):
    x, y = numpy.round(x, 4), numpy.round(y, 4)
    spread = x.std() > 0 and y.std() > 0
    return {
        "name": name,
        "x": x.tolist(),
        "y": y.tolist(),
        # Where one owner's rows end and another's begin, if rows are pooled.
        "cuts": cuts,
        "low": low,
        "high": high,
        "mean": float(x.mean()),
        "var": float(x.var(ddof=1)),
        "std": float(x.std(ddof=1)),
        "cov": float(numpy.cov(x, y)[0, 1]),
        # numpy has no correlation with what does not vary; here it is 0.
        "corr": float(numpy.corrcoef(x, y)[0, 1]) if spread else 0.0,
        "parts": PARTS,
        "quantiles": numpy.quantile(x, PARTS, method="inverted_cdf").tolist(),
        "quantiles of differences": numpy.quantile(x - y, PARTS, method="inverted_cdf").tolist(),
    }


normal = luck.normal(size=61)
cases = [
    case("normal", normal, 0.6 * normal + luck.normal(size=61), [40, 60], -8.0, 8.0),
    case("against each other", normal, -2 * normal, [1, 2], -8.0, 8.0),
    case("at the bounds", luck.choice([-100.0, 100.0], 40), luck.choice([-100.0, 0.0, 100.0], 40), [20], -100.0, 100.0),
    case("few values", luck.integers(0, 3, 50), luck.integers(0, 2, 50), [10, 30], 0.0, 3.0),
    case("one value", numpy.full(12, 3.25), luck.normal(size=12), [5], -8.0, 8.0),
    case("two rows", numpy.array([1.0, 2.0]), numpy.array([5.0, 3.0]), [1], 0.0, 8.0),
    case("far from zero", 90000 + luck.normal(size=30), 90000 + luck.normal(size=30), [3, 7, 20], 0.0, 100000.0),
    case("no relation", luck.uniform(0, 1000, 80), luck.uniform(0, 1000, 80), [79], 0.0, 1000.0),
]
json.dump(cases, open("protocols/learning/tests/vectors/statistics.json", "w"), indent=None, separators=(",", ":"))
