#!/usr/bin/env bash
# OpenVINO 2026.4.1 reads the operators ReduceL1, ReduceLogSum and ReduceLogSumExp of ONNX operator sets
# 13 and 17 without their axes: it reduces over all axes, without a word, and the result has another
# shape. Reductions of the same form that are right: ReduceL2, ReduceMax, ReduceMean, ReduceSumSquare. With
# operator set 18, where axes are an input, ReduceLogSumExp is right. A network that ends in the logarithm
# of a softmax written with ReduceLogSumExp thus predicts wrong probabilities for more than one row.
#
# Usage: findings/openvino_reduce_axes.sh
# Makes a temporary environment with pinned packages of PyPI, and runs graphs of one operator that the
# checker of ONNX accepts; the reference evaluator of ONNX gives the expected results. Exits 1 if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet onnx==1.23.2 openvino==2026.4.1 numpy==2.4.6

cat >"$work/try.py" <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import onnx
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

print(*(f"{name} {version(name)}" for name in ("openvino", "onnx", "numpy")), sep=", ")
ROWS = np.array([[0.5, 1.0, 2.0, 4.0], [1.0, 1.0, 1.0, 1.0], [3.0, 0.1, 0.2, 0.3]], dtype=np.float32)


def graph(operator, opset):
    """Return a graph that reduces each row of four numbers to one."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 1])
    if opset < 18:
        node = helper.make_node(operator, ["x"], ["y"], axes=[1], keepdims=1)
        axes = []
    else:
        node = helper.make_node(operator, ["x", "axes"], ["y"], keepdims=1)
        axes = [helper.make_tensor("axes", TensorProto.INT64, [1], [1])]
    made = helper.make_model(
        helper.make_graph([node], "reduce", [x], [y], axes),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,
    )
    onnx.checker.check_model(made, full_check=True)
    return made


def is_right(operator, opset):
    """Compare the result of OpenVINO with that of the reference evaluator."""
    made = graph(operator, opset)
    expected = ReferenceEvaluator(made).run(None, {"x": ROWS})[0]
    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(made.SerializeToString()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    found = compiled([ROWS])[0]
    right = found.shape == expected.shape and np.allclose(found, expected, atol=1e-4)
    print(f"{operator} {opset}: expected {expected.ravel()}, got {found.ravel()} of shape {found.shape}")
    return right


wrong = [("ReduceL1", 13), ("ReduceLogSum", 13), ("ReduceLogSumExp", 13), ("ReduceLogSumExp", 17)]
right = [(name, 17) for name in ("ReduceL2", "ReduceMax", "ReduceMean", "ReduceSumSquare")]
as_described = [not is_right(*one) for one in wrong] + [
    is_right(*one) for one in [*right, ("ReduceLogSumExp", 18)]
]
if all(as_described):
    print("as described: three reductions have lost their axes")
    sys.exit(0)
print("changed")
sys.exit(1)
PYTHON
"$work/venv/bin/python" "$work/try.py"
