#!/usr/bin/env python3
"""Measures what it costs to build: seconds and bytes that users of Netwright wait for and ship.

usage: python3 benches/build/run.py [--folder DIR]

Makes crates in an empty folder (target/bench-build), and prints a Markdown table. Needs cargo; nothing else should run meanwhile.
"""
import argparse
import os
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

XOR = """network Xor { input [2] dense(8) tanh dense(1) sigmoid loss binary_cross_entropy }
train Xor { batch 4 optimizer adam(lr=0.05) }"""

MAIN = """netwright::network!("src/net.net");
fn main() {
    let inputs = vec![[0.5; %(module)s::INPUT]; %(batch)s];
    let targets = vec![%(target)s; %(batch)s];
    let mut trainer = %(module)s::Trainer::new(%(module)s::Params::init(1), 1);
    println!("{}", trainer.step(&inputs, &targets, 0.05));
}
"""


def vgg16():
    layers = []
    for channels, repeats in (64, 2), (128, 2), (256, 3), (512, 3), (512, 3):
        layers += [f"conv({channels}, 3x3, pad=1) relu"] * repeats + ["max_pool(2x2)"]
    return ("network Vgg16 { input [3, 224, 224] " + " ".join(layers) +
            " flatten dense(4096) relu dropout(0.5) dense(4096) relu dropout(0.5) dense(1000) softmax loss cross_entropy }\n"
            "train Vgg16 { batch 8 optimizer momentum(lr=0.01) }")


def thousand_layers():
    return ("network Deep { input [16, 16, 16] repeat 334 { conv(16, 3x3, pad=1, bias=false) batch_norm relu } "
            "flatten dense(10) softmax loss cross_entropy }\ntrain Deep { batch 8 optimizer adam(lr=1e-3) }")


def residual_units(count):
    blocks = (ROOT / "examples/resnet_block.net").read_text().split("network SmallResNet")[0]
    return blocks + ("network Deep { input [1, 28, 28] stem: { conv(16, 3x3, pad=1, bias=false) batch_norm relu } "
                     f"repeat {count} {{ residual(16) }} global_avg_pool flatten dense(10) softmax loss cross_entropy }}\n"
                     "train Deep { batch 64 optimizer nesterov(lr=0.05) }")


def dense_layers(count):
    return ("network Chain { input [8] " + "dense(8) relu " * count + "dense(1) loss mse }\n"
            "train Chain { batch 32 optimizer sgd(lr=0.01) }")


def crate(folder, name, net, main):
    shutil.rmtree(folder / name, ignore_errors=True)
    (folder / name / "src").mkdir(parents=True)
    (folder / name / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\n[dependencies]\n'
        f'netwright = {{ path = "{ROOT}/runtime" }}\n[profile.release]\nstrip = true\n[workspace]\n')
    (folder / name / "src/net.net").write_text(net)
    (folder / name / "src/main.rs").write_text(main)
    return folder / name


def timed(command, cwd, **more):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, **more)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-3000:]}")
    return seconds


def peak(command, cwd):
    """Seconds and MB that a command takes, the least of three runs."""
    runs = []
    for _ in range(3):
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        runs.append((time.perf_counter() - start, usage.ru_maxrss / 1024))
        if status:
            raise SystemExit(f"{' '.join(map(str, command))} failed")
    return min(runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "target/bench-build")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    rows = []

    xor = crate(folder, "xor_crate", XOR, MAIN % {"module": "xor", "batch": 4, "target": "[1.0]"})
    timed(["cargo", "fetch"], xor)
    seconds = timed(["cargo", "build", "--release"], xor)
    size = os.path.getsize(xor / "target/release/xor_crate")
    rows.append(("a new crate with `network!`, cold", f"{seconds:.1f} s, binary {size / 1e6:.2f} MB"))

    lenet = (ROOT / "examples/lenet.net").read_text().split("train LeNet5")[0]
    recipe = "train LeNet5 { batch 64 optimizer momentum(lr=0.05) }"
    main_rs = MAIN % {"module": "lenet5", "batch": 64, "target": "3u32"}
    lenet_crate = crate(folder, "lenet_crate", lenet + recipe, main_rs)
    timed(["cargo", "build", "--release"], lenet_crate)
    (lenet_crate / "src/net.net").write_text(lenet.replace("dense(84)", "dense(88)") + recipe)
    seconds = timed(["cargo", "run", "--release"], lenet_crate)
    rows.append(("LeNet-5: from an edit of the text to a finished step", f"{seconds:.1f} s"))

    timed(["cargo", "build", "--release", "-p", "netwright-cli"], ROOT)
    command = ROOT / "target/release/netwright"
    (folder / "deep.net").write_text(thousand_layers())
    seconds = min(timed([command, "build", "deep.net", "-o", "deep.rs"], folder) for _ in range(3))
    lines = (folder / "deep.rs").read_text().count("\n")
    rows.append(("1,004 layers: from text to Rust", f"{seconds:.2f} s, {lines} lines"))

    (folder / "units.net").write_text(residual_units(1000))
    (folder / "chain.net").write_text(dense_layers(10000))
    for name, what in ("units", "1,000 residual units"), ("chain", "10,000 dense layers"):
        seconds, megabytes = peak([command, "explain", f"{name}.net"], folder)
        rows.append((f"{what}: `explain`", f"{seconds:.2f} s, {megabytes:.0f} MB"))
    seconds, megabytes = peak([command, "build", "units.net", "-o", "units.rs"], folder)
    size = os.path.getsize(folder / "units.rs")
    rows.append(("1,000 residual units: from text to Rust", f"{seconds:.2f} s, {megabytes:.0f} MB, {size / 1e6:.1f} MB of Rust"))

    vgg = crate(folder, "vgg_crate", vgg16(), MAIN % {"module": "vgg16", "batch": 1, "target": "3u32"})
    seconds = timed(["cargo", "build", "--release"], vgg)
    size = os.path.getsize(vgg / "target/release/vgg_crate")
    rows.append(("VGG-16: from text to a release binary, with the runtime", f"{seconds:.1f} s, binary {size / 1e6:.2f} MB"))

    print("| what | cost |\n| --- | --- |")
    for row in rows:
        print(f"| {row[0]} | {row[1]} |")


main()
