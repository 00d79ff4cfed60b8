"""The sides of the comparison: how each is installed or built, started and asked."""
import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
FOLDER = TARGET / "compare"
WEIGHTS = FOLDER / "weights"
PYTHON = FOLDER / "venv" / "bin" / "python"
NETWRIGHT = TARGET / "release" / "bench-compare"

# The file that is run, its arguments, and what it needs from PyPI.
PYTHON_PEERS = {
    "torch": ("torch_peer.py", [], ["torch==2.15.0", "numpy"]),
    "torch-compile": ("torch_peer.py", ["--compile"], ["torch==2.15.0", "numpy"]),
    "torch-channels-last": ("torch_peer.py", ["--channels-last"], ["torch==2.15.0", "numpy"]),
}
RUST_PEERS = {}
PEERS = [*PYTHON_PEERS, *RUST_PEERS]


def prepare(peers, python):
    """Installs and builds what is needed; what is there already is kept."""
    packages = sorted({package for peer in peers for package in PYTHON_PEERS.get(peer, (0, 0, []))[2]})
    if packages:
        if not PYTHON.exists():
            run(python, "-m", "venv", "--system-site-packages", FOLDER / "venv")
        run(PYTHON, "-m", "pip", "install", "--quiet", *packages)
    run("cargo", "build", "--release", "--package", "bench-compare", "--manifest-path", ROOT / "Cargo.toml")


def save_weights(cases):
    """Writes the parameters that all sides start with."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    missing = [name for name in cases if not (WEIGHTS / f"{name}.safetensors").exists()]
    run(NETWRIGHT, "save", WEIGHTS, *missing)


def run(*command):
    subprocess.run([str(word) for word in command], check=True)


class Side:
    """A process that measures when it is told to."""

    def __init__(self, name, threads):
        self.name = name
        cores = sorted(os.sched_getaffinity(0))[:threads]
        threads = str(threads)
        environment = dict(os.environ, RAYON_NUM_THREADS=threads, OMP_NUM_THREADS=threads)
        self.process = subprocess.Popen(
            command(name, threads), env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
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


def command(name, threads):
    if name == "netwright":
        return [NETWRIGHT]
    if name in PYTHON_PEERS:
        file, arguments, _ = PYTHON_PEERS[name]
        return [PYTHON, HERE / "python_peers" / file, "--weights", WEIGHTS, "--threads", threads, *arguments]
    return [FOLDER / "rust_peers" / "release" / RUST_PEERS[name], WEIGHTS]
