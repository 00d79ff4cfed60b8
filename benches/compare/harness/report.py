"""The tables, in Markdown, and the check that all sides compute the same."""
from statistics import geometric_mean, median

from measure import DISTURBED

TITLES = {"train": "Training step", "one": "Inference, one sample", "batch": "Inference, the training batch"}

# How far a side may be from ours. Rounding grows from step to step, so later losses may differ more than the first.
TOLERANCE_FIRST, TOLERANCE_LATER, TOLERANCE_OUTPUTS = 1e-5, 5e-3, 1e-4
# Dropout is random: a first loss is near, later ones are not comparable.
RANDOM, TOLERANCE_RANDOM = ("mnist_cnn",), 0.3
# Where rounding grows faster: in 64 bits, weights that are off by 1e-7 move the fourth loss of this one by 0.2 %.
SENSITIVE, TOLERANCE_SENSITIVE = ("deep_conv",), 2e-2

AGREED = (
    f"All sides computed the same: the first loss within {TOLERANCE_FIRST:.3%} of ours, the next four within {TOLERANCE_LATER:.2%} "
    f"({', '.join(SENSITIVE)}: {TOLERANCE_SENSITIVE:.0%}; with dropout, the first within {TOLERANCE_RANDOM:.0%}), the last sample's outputs within {TOLERANCE_OUTPUTS:.2%} of the largest.\n")


def markdown(results):
    machine = results["machine"]
    parts = [
        f"{machine['cpu']} (family {machine['family']}, model {machine['model']}; {', '.join(machine['instructions'])}), "
        f"{machine['system']}, {results['threads']} threads, {results['isa'].upper().replace('AVX512', 'AVX-512')} at most, {results['date']}. "
        f"{', '.join(dict.fromkeys(results['versions'].values()))}.\n",
        f"Milliseconds: the median of {results['rounds']} rounds' medians, in brackets the fastest. Each side runs for "
        f"{results['seconds']:g} s in each round, one after the other. The ratio is the fastest peer's median by Netwright's; the spread, "
        "the difference of the slowest and the fastest round by the median, of Netwright and of that peer.\n",
    ]
    for mode, title in TITLES.items():
        rows = [row for row in results["rows"] if row["mode"] == mode]
        if rows:
            parts += [f"### {title}\n", times(rows), ""]
    rows = [row for row in results["rows"] if row["mode"] == "memory"]
    if rows:
        parts += ["### Peak resident memory of training, MB, in brackets before the first step\n", memory(rows), ""]
    parts += [f"- Disturbed: {text}." for text in disturbed(results["rows"])]
    wrong = mismatches(results)
    parts += [AGREED] if not wrong else ["**Sides that computed something else:**\n", *wrong, ""]
    return "\n".join(parts)


def disturbed(rows):
    """What was measured while other processes computed, in every round and try."""
    for row in rows:
        for name, side in row["sides"].items():
            if "rounds_ms" in side and side["others"] > DISTURBED:
                yield f"{row['case']} {row['mode']} {name}, others took {side['others']:.0%} of a core"


def times(rows):
    names = list(dict.fromkeys(name for row in rows for name, side in row["sides"].items() if "rounds_ms" in side))
    lines, ratios = [], []
    for row in rows:
        measured = {name: side for name, side in row["sides"].items() if "rounds_ms" in side}
        middle = {name: median(side["rounds_ms"]) for name, side in measured.items()}
        peers = [name for name in middle if name != "netwright"]
        cells = [f"{digits(middle[name])} [{digits(measured[name]['fastest_ms'])}]" if name in middle else "" for name in names]
        best = min(peers, key=middle.get) if peers else None
        ratio = f"{middle[best] / middle['netwright']:.2f} ({best})" if best else ""
        ratios += [middle[best] / middle["netwright"]] if best else []
        spreads = [spread(measured[name]) for name in ("netwright", best) if name]
        batch = "" if row["mode"] == "one" else f", b{row['batch']}"
        lines.append([row["case"] + batch, *cells, ratio, " / ".join(spreads)])
    if len(ratios) > 1:
        lines.append(["geometric mean", *[""] * len(names), f"{geometric_mean(ratios):.2f}", ""])
    return table(["", *names, "ratio", "spread"], lines)


def memory(rows):
    names = list(dict.fromkeys(name for row in rows for name, side in row["sides"].items() if "peak_mb" in side))
    cell = lambda side: f"{side['peak_mb']:.0f} [{side['idle_mb']:.0f}]" if "peak_mb" in side else ""
    return table(["", *names], [[row["case"], *(cell(row["sides"].get(name, {})) for name in names)] for row in rows])


def table(head, lines):
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def digits(ms):
    return f"{ms:.1f}" if ms >= 100 else f"{ms:.2f}" if ms >= 10 else f"{ms:.3f}" if ms >= 0.1 else f"{ms:.5f}"


def spread(side):
    rounds = side["rounds_ms"]
    return f"{(max(rounds) - min(rounds)) / median(rounds):.0%}"


def mismatches(results):
    """A line for each side that computed something else than ours."""
    lines = []
    for row in results["rows"]:
        ours = row["sides"].get("netwright", {}).get("check")
        for name, side in row["sides"].items():
            if ours and "check" in side and not same(row, ours, side["check"]):
                lines.append(f"- {row['case']} {row['mode']}: {name} {rounded(side['check'])}, netwright {rounded(ours)}")
            if "error" in side:
                lines.append(f"- {row['case']} {row['mode']}: {name}: {side['error']}")
    return lines


def same(row, ours, theirs):
    if row["mode"] != "train":
        # Of outputs near zero, it is the others that say how much rounding is to be expected.
        scale = max(1.0, *(abs(a) for a in ours))
        return len(ours) == len(theirs) and all(abs(a - b) <= TOLERANCE_OUTPUTS * scale for a, b in zip(ours, theirs))
    if row["case"] in RANDOM:
        return abs(ours[0] - theirs[0]) <= TOLERANCE_RANDOM * ours[0]
    later = TOLERANCE_SENSITIVE if row["case"] in SENSITIVE else TOLERANCE_LATER
    allowed = [TOLERANCE_FIRST] + [later] * (len(ours) - 1)
    return all(abs(a - b) <= tolerance * max(1.0, a) for a, b, tolerance in zip(ours, theirs, allowed))


def rounded(numbers):
    return " ".join(f"{number:.4f}" for number in numbers)
