"""Writes models.json beside this file: small models in the forms in which libraries write them, and what
onnxruntime makes of them.

Needs numpy, onnx and onnxruntime. Run it in the root of the repository.
"""

import json

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

luck = numpy.random.default_rng(8)


def number(*shape):
    return luck.normal(size=shape).round(3).astype(numpy.float32)


W0, B0, W1, B1 = number(3, 4), number(4), number(4, 2), number(2)
LAYERS = [[W0.ravel().tolist(), B0.tolist()], [W1.ravel().tolist(), B1.tolist()]]
IR, OPSET = 8, 13


def raw(name, values):
    return numpy_helper.from_array(numpy.ascontiguousarray(values), name)


def spelled(name, values):
    kind = TensorProto.DOUBLE if values.dtype == numpy.float64 else TensorProto.FLOAT
    return helper.make_tensor(name, kind, values.shape, values.ravel().tolist())


def case(name, nodes, tensors, kind=TensorProto.FLOAT, activations=("relu", "sigmoid"), listed=()):
    inputs = [helper.make_tensor_value_info("x", kind, ["batch", 3])]
    inputs += [helper.make_tensor_value_info(one.name, kind, one.dims) for one in listed]
    outputs = [helper.make_tensor_value_info("out", kind, ["batch", 2])]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    rows = number(5, 3).astype(numpy.float64 if kind == TensorProto.DOUBLE else numpy.float32)
    said = onnxruntime.InferenceSession(data).run(None, {"x": rows})[0]
    return {
        "name": name,
        "file": data.hex(),
        "layers": LAYERS,
        "activations": activations,
        "rows": rows.tolist(),
        "said": said.tolist(),
    }


node = helper.make_node
cases = [
    case(
        "weights output by output",
        [
            node("Gemm", ["x", "a.weight", "a.bias"], ["1"], alpha=1.0, beta=1.0, transB=1),
            node("Relu", ["1"], ["2"]),
            node("Gemm", ["2", "b.weight", "b.bias"], ["3"], transB=1),
            node("Sigmoid", ["3"], ["out"]),
        ],
        [raw("a.weight", W0.T), raw("a.bias", B0), raw("b.weight", W1.T), raw("b.bias", B1)],
    ),
    case(
        "products and sums",
        [
            node("MatMul", ["x", "w"], ["1"]),
            node("Add", ["1", "b"], ["2"]),
            node("Relu", ["2"], ["3"]),
            node("MatMul", ["3", "v"], ["4"]),
            node("Add", ["c", "4"], ["5"]),
            node("Identity", ["5"], ["6"]),
            node("Sigmoid", ["6"], ["out"]),
        ],
        [raw("w", W0), spelled("b", B0), spelled("v", W1), raw("c", B1.reshape(1, 2))],
    ),
    case(
        "numbers of eight bytes, weights among the inputs",
        [node("Gemm", ["x", "w", "b"], ["1"]), node("Gemm", ["1", "v", "c"], ["out"])],
        [spelled("w", W0.astype(float)), raw("b", B0.astype(float)), raw("v", W1.astype(float)), spelled("c", B1.astype(float))],
        TensorProto.DOUBLE,
        ("identity", "identity"),
        [raw("w", W0), raw("c", B1)],
    ),
]
json.dump(cases, open("protocols/learning/tests/vectors/models.json", "w"), indent=None, separators=(",", ":"))
