"""The sides of the comparison: how each is installed or built, started and asked."""
import json
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
FOLDER = TARGET / "compare"
WEIGHTS = FOLDER / "weights"
PYTHON = FOLDER / "venv" / "bin" / "python"

TORCH = ["torch==2.15.0", "numpy"]
TORCHVISION = "torchvision==0.29.2"
# The file that is run, its arguments, and what it needs from PyPI.
PYTHON_PEERS = {
    "torch": ("torch_peer.py", [], TORCH),
    "torch-compile": ("torch_peer.py", ["--compile"], TORCH),
    "torch-channels-last": ("torch_peer.py", ["--channels-last"], TORCH),
    "jax": ("jax_peer.py", [], ["jax==0.10.2", "numpy"]),
    "onnxruntime": ("onnx_peer.py", [], ["onnxruntime==1.32.0", "onnx", "onnxscript", *TORCH]),
}
RUST_PEERS = {"burn": "burn-peer", "candle": "candle-peer"}
PEERS = [*PYTHON_PEERS, *RUST_PEERS]
# Those that have the networks that people use.
REAL = [peer for peer in PYTHON_PEERS if peer != "jax"]
# Netwright itself, on one core or with older instructions: the ratio is what the others bring.
ALONE, OLDER = "one-thread", ["with-avx2", "with-portable"]
ITSELF = [ALONE, *OLDER]

# What keeps the sides at older instructions than the machine's, and those that nothing keeps there.
ISAS = {"avx512": {}, "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "DNNL_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
                               "XLA_FLAGS": "--xla_cpu_max_isa=AVX2"}}
UNLIMITED = ["onnxruntime"]
RUST_FLAGS = {"avx512": "-C target-cpu=native", "avx2": "-C target-cpu=x86-64-v3"}


def prepare(peers, suite, cases, python, isa):
    """Installs and builds what is needed; what is there already is kept."""
    packages = sorted({package for peer in peers for package in PYTHON_PEERS.get(peer, (0, 0, []))[2]})
    packages += [TORCHVISION] if suite == "real" and packages else []
    if packages:
        if not PYTHON.exists():
            run(python, "-m", "venv", "--system-site-packages", FOLDER / "venv")
        run(PYTHON, "-m", "pip", "install", "--quiet", *packages)
    build = ["cargo", "build", "--release", "--package", "bench-compare", "--bin", f"bench-{suite}", "--manifest-path", ROOT / "Cargo.toml"]
    if suite == "real":
        # Each is a minute's work for the compiler, and kept.
        for case in cases:
            run(*build, "--features", case)
            netwright(suite, case).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TARGET / "release" / "bench-real", netwright(suite, case))
    else:
        run(*build)
    programs = [RUST_PEERS[peer] for peer in peers if peer in RUST_PEERS]
    if programs:
        features = ["--features", "avx512"] if isa == "avx512" else []
        run("cargo", "build", "--release", "--manifest-path", HERE / "rust_peers" / "Cargo.toml", "--target-dir", rust_target(isa),
            *features, *(word for program in programs for word in ("--package", program)), RUSTFLAGS=RUST_FLAGS[isa])


def netwright(suite, case):
    """The program of a case."""
    return FOLDER / "real" / case if suite == "real" else TARGET / "release" / f"bench-{suite}"


def rust_target(isa):
    return FOLDER / f"rust_peers-{isa}"


def save_weights(case, suite):
    """Writes the parameters that all sides start with."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    run(netwright(suite, case), "save", WEIGHTS, case)


def run(*command, **environment):
    subprocess.run([str(word) for word in command], check=True, env=dict(os.environ, **environment))


class Side:
    """A process that measures when it is told to."""

    def __init__(self, name, case, options):
        self.name = name
        count = 1 if name == ALONE else options.threads
        cores = sorted(os.sched_getaffinity(0))[:count]
        threads = str(count)
        environment = dict(os.environ, RAYON_NUM_THREADS=threads, OMP_NUM_THREADS=threads, **ISAS[options.isa])
        self.process = subprocess.Popen(
            command(name, case, options), env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.version = self.read()["ready"]

    def ask(self, case, mode, seconds):
        self.process.stdin.write(f"{case} {mode} {seconds}\n")
        self.process.stdin.flush()
        return self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with code {self.process.wait()}")
        return json.loads(line)

    def memory(self, key):
        """Resident memory in MB: `VmRSS` now, `VmHWM` at most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(key))

    def cpu_seconds(self):
        """What this process has computed so far, on all cores."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def command(name, case, options):
    if name == "netwright" or name in ITSELF:
        return [netwright(options.suite, case), WEIGHTS, "--isa", name.removeprefix("with-") if name in OLDER else options.isa]
    if name in PYTHON_PEERS:
        file, arguments, _ = PYTHON_PEERS[name]
        return [PYTHON, HERE / "python_peers" / file, "--weights", WEIGHTS, "--threads", str(options.threads), *arguments]
    return [rust_target(options.isa) / "release" / RUST_PEERS[name], WEIGHTS]
