"""Writes what scikit-learn says of outputs and targets; `tests/tests/metrics.rs` compares the runtime's metrics with it.

    pip install scikit-learn==1.9.1
    python3 tests/metrics/make_metrics.py

The files are committed, so that tests need no Python. Numbers are 32-bit ones, and null is scikit-learn's nan.
"""

import json
import math
import pathlib
import warnings

import numpy as np
from sklearn import metrics as sk

# An undefined metric is a number here, too: that which scikit-learn warns of.
warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
AVERAGES = {"": "macro", "_micro": "micro", "_per_class": None}


def plain(value):
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(x) for x in value]
    if isinstance(value, dict):
        return {key: plain(x) for key, x in value.items()}
    if isinstance(value, (float, np.floating)):
        return None if math.isnan(value) else float(value)
    return value if value is None else int(value)


def write(name, loss, outputs, targets, expected, pixels=1):
    """Outputs and targets are [samples, channels * pixels]; classes are [samples * pixels]."""
    case = {
        "loss": loss,
        "channels": outputs.shape[1] // pixels,
        "pixels": pixels,
        "outputs": plain(outputs.astype(np.float32).ravel()),
        "targets": plain(np.asarray(targets).ravel()),
        "expected": plain(expected),
    }
    (HERE / f"{name}.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")


def specificity(table, average):
    negatives, wrong = table[:, 0, 0], table[:, 0, 1]
    if average == "micro":
        negatives, wrong = negatives.sum(keepdims=True), wrong.sum(keepdims=True)
    each = np.divide(negatives, negatives + wrong, out=np.zeros(len(negatives)), where=negatives + wrong > 0)
    return each if average is None else each.mean()


def of_answers(truth, answers, classes):
    """What is said of each class, of samples' classes or of labels (classes is None)."""
    expected = {}
    functions = {
        "precision": sk.precision_score,
        "recall": sk.recall_score,
        "f1": sk.f1_score,
        "dice": sk.f1_score,
        "iou": sk.jaccard_score,
    }
    present = None if classes is None else np.union1d(truth, answers)
    for ending, average in AVERAGES.items():
        each = {name: f(truth, answers, average=average) for name, f in functions.items()}
        each["specificity"] = specificity(sk.multilabel_confusion_matrix(truth, answers), average)
        for name, value in each.items():
            # scikit-learn leaves out classes that neither occur nor are answered.
            if average is None and present is not None:
                row = np.full(classes, np.nan)
                row[present] = value
                value = row
            expected[name + ending] = value
    return expected


def of_scores(meant, scores):
    expected = {}
    for ending, average in AVERAGES.items():
        expected["roc_auc" + ending] = sk.roc_auc_score(meant, scores, average=average)
        expected["pr_auc" + ending] = sk.average_precision_score(meant, scores, average=average)
    return expected


def of_whole(truth, answers, classes):
    return {
        "accuracy": sk.accuracy_score(truth, answers),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, answers),
        "matthews": sk.matthews_corrcoef(truth, answers),
        "kappa": sk.cohen_kappa_score(truth, answers),
        "confusion": sk.confusion_matrix(truth, answers, labels=range(classes)),
    }


def places(numbers, channels, pixels):
    """From [samples, channels * pixels] to [samples * pixels, channels]."""
    return numbers.reshape(-1, channels, pixels).transpose(0, 2, 1).reshape(-1, channels)


def classes(name, outputs, truth, loss="cross_entropy", pixels=1):
    outputs = outputs.astype(np.float32)
    count = outputs.shape[1] // pixels
    rows = places(outputs.astype(np.float64), count, pixels)
    answers = rows.argmax(axis=1)
    scores = rows
    if loss == "cross_entropy_logits":
        scores = np.exp(rows - rows.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
    meant = np.eye(count)[truth]
    expected = of_whole(truth, answers, count) | of_answers(truth, answers, count) | of_scores(meant, scores)
    for k in (1, 2):
        if k < count:
            expected[f"top_{k}"] = sk.top_k_accuracy_score(truth, rows, k=k, labels=range(count)) if count > 2 else None
    if count > 2 and np.allclose(scores.sum(axis=1), 1) and len(np.unique(truth)) == count:
        for average in ("macro", "micro"):
            same = sk.roc_auc_score(truth, scores, multi_class="ovr", average=average)
            assert np.isclose(same, expected["roc_auc" + {"macro": "", "micro": "_micro"}[average]])
    expected = {key: value for key, value in expected.items() if count > 2 or not key.startswith("top_")}
    write(name, loss, outputs, truth, expected, pixels)


def yes_or_no(name, outputs, truth, loss="binary_cross_entropy", pixels=1):
    outputs = outputs.astype(np.float32)
    border = 0.0 if loss == "binary_cross_entropy_logits" else 0.5
    scores, flat = outputs.astype(np.float64).ravel(), truth.ravel()
    answers = (scores > border).astype(int)
    expected = of_whole(flat, answers, 2)
    # Its one class is the yes.
    functions = {
        "precision": sk.precision_score,
        "recall": sk.recall_score,
        "f1": sk.f1_score,
        "dice": sk.f1_score,
        "iou": sk.jaccard_score,
        "roc_auc": None,
        "pr_auc": sk.average_precision_score,
    }
    for key, function in functions.items():
        if key == "roc_auc":
            expected[key] = sk.roc_auc_score(flat, scores)
        else:
            expected[key] = function(flat, scores if key == "pr_auc" else answers)
    expected["specificity"] = sk.recall_score(flat, answers, pos_label=0)
    write(name, loss, outputs.reshape(-1, pixels), truth, expected, pixels)


def labels(name, outputs, truth, loss="binary_cross_entropy", pixels=1):
    outputs = outputs.astype(np.float32)
    count = outputs.shape[1] // pixels
    border = 0.0 if loss == "binary_cross_entropy_logits" else 0.5
    rows, meant = places(outputs.astype(np.float64), count, pixels), places(truth, count, pixels)
    answers = (rows > border).astype(int)
    expected = of_answers(meant, answers, None) | of_scores(meant, rows)
    expected["accuracy"] = 1 - sk.hamming_loss(meant, answers)
    table = sk.multilabel_confusion_matrix(meant, answers)
    expected["confusion"] = [[t[1, 1], t[0, 1], t[1, 0], t[0, 0]] for t in table]
    write(name, loss, outputs, truth, expected, pixels)


def numbers(name, outputs, truth, loss="mse", pixels=1):
    outputs, truth = outputs.astype(np.float32), truth.astype(np.float32)
    count = outputs.shape[1] // pixels
    y, t = (places(x.astype(np.float64), count, pixels) for x in (outputs, truth))
    functions = {"mae": sk.mean_absolute_error, "rmse": sk.root_mean_squared_error, "r2": sk.r2_score}
    expected = {}
    for key, function in functions.items():
        expected[key] = function(t, y, multioutput="uniform_average")
        expected[key + "_micro"] = function(t.ravel(), y.ravel())
        if len(t) == 1 and key == "r2":
            each = [math.nan] * count
        else:
            each = function(t, y, multioutput="raw_values")
        expected[key + "_per_output"] = np.asarray(each)
    write(name, loss, outputs, truth, expected, pixels)


def main():
    random = np.random.default_rng(7)

    def softmax(x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    truth = random.integers(0, 4, 60)
    logits = random.normal(size=(60, 4)).round(2) + 1.5 * np.eye(4)[truth]
    classes("classes", softmax(logits), truth)
    classes("classes_logits", logits, truth, loss="cross_entropy_logits")
    classes("classes_ties", random.integers(0, 4, (40, 4)) / 8, truth[:40])
    # Class 3 does not occur; then it is not answered either.
    classes("classes_absent", softmax(logits[truth < 3]), truth[truth < 3])
    unanswered = logits[truth < 3].copy()
    unanswered[:, 3] = -9
    classes("classes_unknown", softmax(unanswered), truth[truth < 3])
    classes("classes_never_answered", softmax(logits - np.array([0, 9, 0, 0])), truth)
    classes("classes_one", softmax(logits[truth == 2]), truth[truth == 2])
    classes("classes_one_right", np.tile([[0.1, 0.2, 0.7]], (5, 1)), np.full(5, 2))
    classes("classes_one_answer", np.tile([[0.1, 0.2, 0.7]], (6, 1)), np.array([0, 1, 2, 2, 1, 0]))
    classes("classes_two", softmax(logits[:, :2]), (truth % 2))
    image = random.normal(size=(5, 3, 8)).round(2)
    pixels = random.integers(0, 3, (5, 8))
    image += 1.2 * np.eye(3)[pixels].transpose(0, 2, 1)
    image = np.exp(image) / np.exp(image).sum(axis=1, keepdims=True)
    classes("classes_pixels", image.reshape(5, -1), pixels.ravel(), pixels=8)

    yes = random.integers(0, 2, 50)
    score = (random.normal(size=50) + yes).round(2)
    yes_or_no("yes_or_no", 1 / (1 + np.exp(-score)), yes)
    yes_or_no("yes_or_no_logits", score, yes, loss="binary_cross_entropy_logits")
    yes_or_no("yes_or_no_ties", (random.integers(0, 5, 50) / 4), yes)
    yes_or_no("yes_or_no_rare", random.random(50).round(2), (np.arange(50) == 17).astype(int))
    yes_or_no("yes_or_no_no_positives", random.random(20).round(2), np.zeros(20, int))
    yes_or_no("yes_or_no_no_negatives", random.random(20).round(2), np.ones(20, int))
    yes_or_no("yes_or_no_always_no", np.full(20, 0.25), yes[:20])
    yes_or_no("yes_or_no_all_no", np.full(8, 0.25), np.zeros(8, int))
    yes_or_no("yes_or_no_mask", random.random((4, 9)).round(2), random.integers(0, 2, (4, 9)), pixels=9)

    several = (random.random((40, 3)) < [0.5, 0.2, 0.7]).astype(int)
    share = np.clip(0.5 * random.random((40, 3)) + 0.4 * several, 0, 1).round(2)
    labels("labels", share, several)
    labels("labels_logits", (8 * share - 4).round(1), several, loss="binary_cross_entropy_logits")
    labels("labels_absent", share * [1, 1, 0.5], several * [1, 1, 0])
    labels("labels_none", share * 0.5, several * 0)
    labels("labels_masks", random.random((4, 2 * 6)).round(2), random.integers(0, 2, (4, 2 * 6)), pixels=6)

    target = random.normal(size=(30, 3)).round(3) * [1, 10, 0.1] + [0, 100, 0]
    found = target + random.normal(size=(30, 3)).round(3) * [0.5, 2, 0.2]
    numbers("numbers", found, target)
    numbers("numbers_one_output", found[:, :1], target[:, :1])
    numbers("numbers_constant", found, np.tile([[1.0, 2.0, 3.0]], (30, 1)))
    numbers("numbers_exact", np.array([[1, 2], [1, 3], [1, 4]]), np.array([[1, 2], [1, 3], [1, 4]]))
    numbers("numbers_one_sample", found[:1, :1], target[:1, :1])
    numbers("numbers_pixels", found.reshape(5, -1), target.reshape(5, -1), pixels=6)


main()
