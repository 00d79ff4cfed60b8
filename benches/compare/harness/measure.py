"""Has all sides measure in turn."""
import os
import platform
import subprocess
import sys
import time
from datetime import date

import sides
from cases import ALL

# Threads of a side may wait for more work for a while before they sleep.
PAUSE = 0.05
MEMORY_SECONDS = 0.5
# A measurement is made again if other processes took more than this part of one core, a while later.
DISTURBED, TRIES, QUIET = 0.06, 12, 0.5
# What takes longer, in milliseconds, is measured in one round only.
SLOW = 500


def measure(options):
    """Numbers of all cases: a row for each case and mode, with each side's medians in each round."""
    names = ["netwright", *options.peers]
    rows = []
    versions = {"rustc": subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split(" (")[0].strip()}
    for case in options.cases:
        known = ALL[case]
        modes = [mode for mode in options.modes if mode in known.modes]
        sides.save_weights(case, options.suite)
        if modes:
            running = [sides.Side(name, case, options) for name in names]
            versions.update((side.name, side.version) for side in running)
            for mode in modes:
                note(f"{case} {mode}")
                rows.append({"case": case, "mode": mode, "batch": known.batch} | in_turn(running, case, mode, options))
            for side in running:
                side.close()
        if "memory" in options.modes and "train" in known.modes:
            note(f"{case} memory")
            memory = {name: peak(name, case, options) for name in names}
            rows.append({"case": case, "mode": "memory", "batch": known.batch, "sides": memory})
    return {"machine": machine(), "threads": options.threads, "isa": options.isa, "versions": versions, "rounds": options.rounds,
            "seconds": options.seconds, "date": str(date.today()), "rows": rows}


def in_turn(running, case, mode, options):
    """In each round, each side measures once; the next round begins with another one."""
    answers = {side.name: [] for side in running}
    running = list(running)
    # What is compiled at first use is compiled here.
    running = [side for side in running if answered(undisturbed(side, case, mode, 0, tries=1), side, answers)]
    running = [side for side in running if answers[side.name][0]["fastest_ms"] < SLOW]
    for _ in range(options.rounds):
        for side in running:
            answered(undisturbed(side, case, mode, options.seconds), side, answers)
        running = running[1:] + running[:1]
    return {"sides": {name: summary(given[1:] or given) if "median_ms" in given[0] else given[0] for name, given in answers.items()}}


def undisturbed(side, case, mode, seconds, tries=TRIES):
    """A measurement during which nothing else ran on the machine, or after some tries one during which little did."""
    least = None
    for _ in range(tries):
        time.sleep(PAUSE)
        start, all_before, own_before = time.monotonic(), busy_seconds(), side.cpu_seconds()
        answer = side.ask(case, mode, seconds)
        if "median_ms" not in answer:
            return answer
        others = busy_seconds() - all_before - (side.cpu_seconds() - own_before)
        answer["others"] = max(0.0, others / (time.monotonic() - start))
        if least is None or answer["others"] < least["others"]:
            least = answer
        if answer["others"] < DISTURBED:
            break
        time.sleep(QUIET)
    return least


def busy_seconds():
    """What all cores of the machine have computed so far, and what a host took from them."""
    user, nice, system, _, _, interrupts, soft, stolen = map(int, open("/proc/stat").readline().split()[1:9])
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")


def answered(answer, side, answers):
    answers[side.name].append(answer)
    if "error" in answer:
        note(f"{side.name}: {answer['error']}")
    return "median_ms" in answer


def summary(given):
    given = [answer for answer in given if answer["others"] < DISTURBED] or given
    return {"rounds_ms": [answer["median_ms"] for answer in given], "fastest_ms": min(answer["fastest_ms"] for answer in given),
            "check": given[0]["check"], "others": max(answer["others"] for answer in given)}


def peak(name, case, options):
    """The most memory that training takes, in a process of its own."""
    side = sides.Side(name, case, options)
    before = side.memory("VmRSS")
    answer = side.ask(case, "train", MEMORY_SECONDS)
    most = {"peak_mb": side.memory("VmHWM"), "idle_mb": before} if "median_ms" in answer else answer
    side.close()
    return most


def machine():
    info = open("/proc/cpuinfo").read().splitlines()
    field = lambda key: next((line.split(":", 1)[1].strip() for line in info if line.startswith(key)), "")
    flags = field("flags").split()
    sets = [name for name in ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16") if name in flags]
    return {"cpu": field("model name") or platform.processor(), "family": field("cpu family"), "model": field("model"),
            "instructions": sets, "system": platform.system(), "python": platform.python_version()}


def note(text):
    print(text, file=sys.stderr, flush=True)
