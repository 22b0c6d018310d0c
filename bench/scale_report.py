"""scale_report.py RUNS PAGE PLOT: prints the table of what scale_run.py measured (RUNS, JSON), puts it into PAGE (Markdown)
between the lines <!-- scale --> and <!-- /scale -->, and draws PLOT (SVG): the share that is ready against time.
"""
import json
import math
import pathlib
import sys

BEGIN, END = "<!-- scale -->\n", "<!-- /scale -->\n"
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 360, 60, 20, 110, 50
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]  # told apart by the colour-blind too


def share(values, part):
    """The value that this part of the sorted values does not exceed."""
    return values[max(0, math.ceil(part * len(values)) - 1)] if values else math.nan


def cell(seconds):
    return "-" if math.isnan(seconds) else f"{seconds:.1f}"


def cpu_per_call(r):
    """Milliseconds. The kernel counts in hundredths of a second: less than ten of them say nothing."""
    return f"{1000 * r['function_cpu'] / r['calls']:.2f}" if r["function_cpu"] >= 0.1 else "-"


def row(r):
    everything = r["since_start"][-1] if r["ready"] == r["count"] else math.nan
    return [
        str(r["count"]), str(r["polling"]), str(r["ready"]), cell(share(r["latency"], 0.5)), cell(share(r["latency"], 0.99)), cell(everything),
        str(r["calls"]), f"{r['calls'] / r['count']:.1f}", cpu_per_call(r),
        f"{r['function_rss']:.0f}", f"{r['core_cpu']:.1f}", f"{r['core_rss']:.0f}",
        f"{100 * sum(r['cpu'].values()) / r['wall'] / r['cores']:.0f}",
    ]


COLUMNS = ["AgentExecutors", "KEDA reads every s", "ready", "p50 s", "p99 s", "all s", "calls", "calls each", "function CPU ms/call", "function RSS MiB",
           "core CPU s", "core RSS MiB", "platform's share of CPU %"]


def table(runs):
    rows = [COLUMNS, ["---:"] * len(COLUMNS)] + [row(r) for r in runs]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows) + "\n"


def spenders(runs):
    """Where the CPU of the largest run went."""
    last = runs[-1]
    parts = [f"{name} {seconds:.0f} s" for name, seconds in list(last["cpu"].items())[:8] if seconds >= 0.5]
    return f"CPU of the {last['count']}, by program: {', '.join(parts)}.\n"


def machine(runs):
    last = runs[-1]
    return f"{last['cores']} cores and {last['memory']} GiB of memory for everything, API server and etcd included.\n"


def plot(runs):
    end = max(10, *(r["since_start"][-1] for r in runs if r["since_start"]))
    decades = math.log10(end)

    def x(seconds):
        return LEFT + (WIDTH - LEFT - RIGHT) * max(0, math.log10(max(1, seconds))) / decades

    def y(part):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for part in (0, 0.25, 0.5, 0.75, 1):
        out.append(f'<path d="M{LEFT} {y(part):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y(part) + 4:.1f}" text-anchor="end">{part:.0%}</text>')
    for tick in (t * 10**d for d in range(4) for t in (1, 2, 5)):
        if tick <= end:
            out.append(f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">'
               "seconds since the first was created</text>")
    for i, r in enumerate(runs):
        color, points = COLORS[i % len(COLORS)], r["since_start"]
        if not points:
            continue
        line = "".join(f"H{x(at):.1f}V{y((j + 1) / r['count']):.1f}" for j, at in enumerate(points))
        out.append(f'<path d="M{LEFT} {y(0):.1f}{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        out.append(f'<text x="{WIDTH - RIGHT + 10}" y="{TOP + 20 * i + 4}" fill="{color}">{r["count"]} wanted</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    runs_file, page, picture = map(pathlib.Path, sys.argv[1:])
    runs = json.loads(runs_file.read_text())
    text = table(runs) + "\n" + machine(runs) + spenders(runs)
    print(text, end="")
    before, _, rest = page.read_text().partition(BEGIN)
    seen = f"\n![Share of the AgentExecutors that are ready, by time]({picture.name})\n"
    page.write_text(before + BEGIN + text + seen + END + rest.partition(END)[2])
    picture.write_text(plot(runs))


if __name__ == "__main__":
    main()
