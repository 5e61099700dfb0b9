"""Writes examples/data/breast_cancer.csv and breast_cancer.json beside this file.

Needs numpy and scikit-learn. The schedule is that of the test: rate 0.5, 10 epochs, batches of 128, what
is left over dropped, no decay. Run it in the root of the repository.
"""

import json

import numpy
import sklearn.datasets
import sklearn.linear_model
import sklearn.metrics
import sklearn.model_selection

data = sklearn.datasets.load_breast_cancer()
names = [name.replace(" ", "_") for name in data.feature_names]
with open("examples/data/breast_cancer.csv", "w") as file:
    file.write(",".join(names + ["benign"]) + "\n")
    for row, label in zip(data.data, data.target):
        file.write(",".join([repr(float(value)) for value in row] + [str(label)]) + "\n")

train, test = sklearn.model_selection.train_test_split(
    numpy.arange(569), test_size=114, random_state=1
)
mean = data.data[train].mean(axis=0)
deviation = data.data[train].std(axis=0)
scaled = (data.data - mean) / deviation
ones = numpy.hstack([scaled, numpy.ones((569, 1))])


def descend(labels, squash, rate, inputs=ones, epochs=10):
    weights = numpy.zeros(inputs.shape[1])
    for _ in range(epochs):
        for batch in range(len(train) // 128):
            rows = train[batch * 128 : (batch + 1) * 128]
            error = squash(inputs[rows] @ weights) - labels[rows]
            weights -= rate / 128 * inputs[rows].T @ error
    return weights


logistic = descend(data.target, lambda z: 1 / (1 + numpy.exp(-z)), 0.5)
linear = descend(data.target, lambda z: z, 0.0625)
said = ones[test] @ logistic
truth = data.target[test]
right = (said > 0) == truth
residual = ones[test] @ linear - truth
probability = 1 / (1 + numpy.exp(-said))
# A number to be fitted: the worst radius, by the ten means.
radius = data.data[:, names.index("worst_radius")]
means = numpy.hstack([scaled[:, :10], numpy.ones((569, 1))])
by_means = descend(radius, lambda z: z, 0.25, means, 40)
estimate = means[test] @ by_means
fitted = sklearn.linear_model.LogisticRegression(max_iter=1000).fit(scaled[train], data.target[train])
json.dump(
    {
        "train": train.tolist(),
        "test": test.tolist(),
        "mean": mean.tolist(),
        "deviation": deviation.tolist(),
        "logistic": logistic.tolist(),
        "linear": linear.tolist(),
        "accuracy": float(right.mean()),
        "confusion": sklearn.metrics.confusion_matrix(truth, said > 0).tolist(),
        "auc": float(sklearn.metrics.roc_auc_score(truth, said)),
        "f1": float(sklearn.metrics.f1_score(truth, said > 0)),
        "precision": float(sklearn.metrics.precision_score(truth, said > 0)),
        "recall": float(sklearn.metrics.recall_score(truth, said > 0)),
        "log loss": float(sklearn.metrics.log_loss(truth, probability)),
        "radius": by_means.tolist(),
        "rmse": float(sklearn.metrics.root_mean_squared_error(radius[test], estimate)),
        "mae": float(sklearn.metrics.mean_absolute_error(radius[test], estimate)),
        "r2": float(sklearn.metrics.r2_score(radius[test], estimate)),
        "linear_rmse": float(numpy.sqrt((residual**2).mean())),
        "accuracy_of_scikit_learn": float(fitted.score(scaled[test], truth)),
    },
    open("protocols/learning/tests/vectors/breast_cancer.json", "w"),
    indent=1,
)
