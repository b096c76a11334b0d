"""Two pictures, drawn by gnuplot: what many domains cost, and what size costs."""

import os
import re
import shutil
import subprocess

from peers import PEERS

UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}


def domains_of(case):
    found = re.fullmatch(r"c(\d+)", case)
    return 1 if case == "b-plain" else int(found.group(1)) if found else None


def size_of(case):
    found = re.fullmatch(r"e(\d+)([km])", case)
    return int(found.group(1)) * UNITS[found.group(2)] if found else None


def in_bytes(size):
    large = next(letter for letter in ("m", "k", "") if size >= UNITS[letter])
    return f"{size // UNITS[large]} {large.upper()}B"


# Name, where a case stands, what the axis says, how a place on it is called.
PICTURES = (
    ("domains", domains_of, "domains, one recipient in each, 50 ms away", str),
    ("size", size_of, "size of the message, no distance", in_bytes),
)
PANELS = (("done_ms", "until accepted, ms"), ("cpu_ms", "CPU, ms"), ("rss_mb", "memory, MB"))

# The same line for the same mailer in both pictures; variants of ours are not drawn.
LINES = {
    "sendmx": "lw 4 lc rgb '#c00000' pt 7",
    "bare": "lw 2 dt 2 lc rgb '#606060' pt 1",
    "swarm": "lw 2 dt 2 lc rgb '#606060' pt 1",
    "msmtp": "lw 1.5 lc rgb '#e69f00' pt 4",
    "curl": "lw 1.5 lc rgb '#0072b2' pt 5",
    "swaks": "lw 1.5 lc rgb '#cc79a7' pt 3",
    "dma": "lw 1.5 lc rgb '#8b5a2b' pt 6",
    "postfix": "lw 1.5 lc rgb '#009e73' pt 8",
    "postfix1000": "lw 1.5 dt 3 lc rgb '#009e73' pt 9",
    "exim": "lw 1.5 lc rgb '#56b4e9' pt 10",
    "opensmtpd": "lw 1.5 lc rgb '#7b3fa0' pt 12",
}


def curves(results, place_of, member):
    """Name → points, for all who have two at least. Of those that fork one process is no memory."""
    found = {}
    for result in results:
        place = place_of(result["case"])
        tells = member != "rss_mb" or not PEERS[result["peer"]].forks
        if place is not None and result["verdict"] == "ok" and result["peer"] in LINES and tells:
            found.setdefault(result["peer"], []).append((place, result[member]))
    return {name: sorted(found[name]) for name in LINES if len(found.get(name, ())) > 1}


def script(path, results, place_of, label, name_of):
    """What gnuplot is told: panels side by side, and one key for all, right of the last."""
    places = sorted({place_of(r["case"]) for r in results} - {None})
    if not places:
        return ""
    tics = ", ".join(f"'{name_of(place)}' {place}" for place in places)
    data, lines = [], [
        f"set terminal pngcairo size 1700,600 font 'sans,12'\nset output '{path}'",
        "set logscale xy\nset grid lt 1 lw 1 lc rgb '#cccccc'\nset border 3\nset tics nomirror\nunset key",
        f"set format y '%g'\nset xtics rotate by -40 ({tics})\n"
        f"set xrange [{places[0]}:{places[-1] * 1.2}]",
        "set multiplot layout 1,3 margins 0.045,0.89,0.19,0.93 spacing 0.045,0",
        f"set xlabel '{label}' offset 0,-0.5"]
    for number, (member, title) in enumerate(PANELS):
        plots = []
        for name, points in curves(results, place_of, member).items():
            block = f"${member}_{name}"
            rows = "\n".join(f"{x} {max(y, 0.1)}" for x, y in points)
            data.append(f"{block} << END\n{rows}\nEND")
            plots.append(f"{block} with linespoints {LINES[name]} title '{name}'")
        if not plots:
            return ""
        if number == len(PANELS) - 1:
            lines.append("set key outside right center Left reverse samplen 2 spacing 1.4")
        lines.append(f"set title '{title}'\nplot " + ", \\\n".join(plots))
    return "\n".join([*data, *lines, "unset multiplot\n"])


def draw(results, folder):
    """For each picture its path, or why there is none."""
    drawn = []
    for name, *how in PICTURES:
        path = os.path.join(folder, f"{name}.png")
        text = script(path, results, *how)
        if not text:
            continue
        if not shutil.which("gnuplot"):
            drawn.append(f"no {name}.png: gnuplot is not installed (make deps)")
            continue
        answer = subprocess.run(["gnuplot"], input=text, text=True, capture_output=True, timeout=60)
        words = (answer.stderr.strip().splitlines() or ["gnuplot failed"])[-1]
        drawn.append(path if answer.returncode == 0 else f"no {name}.png: {words}")
    return drawn
