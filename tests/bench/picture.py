"""Two pictures, drawn by gnuplot: what many domains cost, and what size costs."""

import os
import re
import shutil
import subprocess

UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}


def domains_of(case):
    found = re.fullmatch(r"c(\d+)", case)
    return 1 if case == "b-plain" else int(found.group(1)) if found else None


def size_of(case):
    found = re.fullmatch(r"e(\d+)([km])", case)
    return int(found.group(1)) * UNITS[found.group(2)] if found else None


PICTURES = (
    ("domains", domains_of, "domains, one recipient in each, 50 ms away"),
    ("size", size_of, "bytes of the message, no distance"),
)
PANELS = (("done_ms", "until accepted, ms"), ("cpu_ms", "CPU, ms"), ("rss_mb", "memory, MB"))


def curves(results, place_of, member):
    """Name → points, for all who have two at least; sendmx first."""
    found = {}
    for result in results:
        place = place_of(result["case"])
        if place is not None and result["verdict"] == "ok":
            found.setdefault(result["peer"], []).append((place, result[member]))
    return {name: sorted(points) for name, points in found.items() if len(points) > 1}


def script(path, results, place_of, label):
    lines = [f"set terminal pngcairo size 1500,560 font 'sans,11'\nset output '{path}'",
             "set logscale xy\nset grid\nset key top left samplen 1\nset multiplot layout 1,3",
             f"set xlabel '{label}'"]
    data = []
    for member, title in PANELS:
        found = curves(results, place_of, member)
        if not found:
            continue
        plots = []
        for name, points in found.items():
            block = f"${member}_{len(data)}"
            rows = "\n".join(f"{x} {max(y, 0.1)}" for x, y in points)
            data.append(f"{block} << END\n{rows}\nEND")
            width = 3 if name == "sendmx" else 1
            plots.append(f"{block} with linespoints lw {width} title '{name}'")
        lines.append(f"set title '{title}'\nplot " + ", \\\n".join(plots))
    return "\n".join([*data, *lines, "unset multiplot\n"]) if data else ""


def draw(results, folder, skip):
    """The paths of what was drawn."""
    drawn = []
    for name, place_of, label in PICTURES:
        path = os.path.join(folder, f"{name}.png")
        text = script(path, results, place_of, label)
        if not text:
            continue
        if not shutil.which("gnuplot"):
            skip("picture", "gnuplot is not installed (make deps)", name)
            continue
        answer = subprocess.run(["gnuplot"], input=text, text=True, capture_output=True, timeout=60)
        if answer.returncode == 0:
            drawn.append(path)
        else:
            skip("picture", (answer.stderr.strip().splitlines() or ["gnuplot failed"])[-1], name)
    return drawn
