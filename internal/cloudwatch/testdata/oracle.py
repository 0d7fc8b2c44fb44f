"""An independent, slow implementation of statistics and metric math.

It reads cases from its input, one in a line of JSON, and answers each with a line.
"""
import json
import math
import statistics
import sys
from fractions import Fraction


def percentile(samples, percent):
    """The least sample such that so many percent of all are not above it."""
    n = len(samples)
    for i, x in enumerate(samples):
        if Fraction(i + 1, n) * 100 >= percent:
            return x
    return samples[-1]


def bounds(text):
    low, high = text.split(":")
    return low.strip(), high.strip()


def statistic(name, samples):
    samples = sorted(samples)
    n = len(samples)
    simple = {
        "SampleCount": lambda: n,
        "Sum": lambda: sum(Fraction(x) for x in samples),
        "Average": lambda: sum(Fraction(x) for x in samples) / n,
        "Minimum": lambda: samples[0],
        "Maximum": lambda: samples[-1],
    }
    if name in simple:
        return float(simple[name]())
    name = name.lower()
    if name == "iqm":
        name = "tm(25%:75%)"
    if name[0] == "p" and name[1] != "r":
        return float(percentile(samples, Fraction(name[1:])))
    kind, rest = name[:2], name[2:]
    if not rest.startswith("("):
        rest = "(0%:" + rest + "%)"
    low, high = bounds(rest[1:-1])
    percent = "%" in low + high
    if kind == "wm":
        least, most = samples[0], samples[-1]
        if low:
            least = percentile(samples, Fraction(low[:-1])) if percent else Fraction(low)
        if high:
            most = percentile(samples, Fraction(high[:-1])) if percent else Fraction(high)
        return float(sum(min(max(Fraction(x), least), most) for x in samples) / n)
    count, total = Fraction(0), Fraction(0)
    for i, x in enumerate(samples):
        if percent:
            first = Fraction(low[:-1]) * n / 100 if low else Fraction(0)
            last = Fraction(high[:-1]) * n / 100 if high else Fraction(n)
            part = max(Fraction(0), min(Fraction(i + 1), last) - max(Fraction(i), first))
        else:
            part = Fraction(1)
            if low and x <= Fraction(low) or high and x > Fraction(high):
                part = Fraction(0)
        count += part
        total += part * Fraction(x)
    if kind == "tc":
        return float(count)
    if kind == "ts":
        return float(total)
    if kind == "pr":
        return float(count * 100 / n)
    return float(total / count) if count else None


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "<": lambda a, b: float(a < b),
    ">": lambda a, b: float(a > b),
    "<=": lambda a, b: float(a <= b),
    ">=": lambda a, b: float(a >= b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "AND": lambda a, b: float(bool(a) and bool(b)),
    "OR": lambda a, b: float(bool(a) or bool(b)),
}


def binary(op, a, b):
    f = OPERATORS[op]
    if isinstance(a, list):
        return [binary(op, x, b) for x in a]
    if isinstance(b, list):
        return [binary(op, a, x) for x in b]
    if not isinstance(a, dict) and not isinstance(b, dict):
        return f(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        times = set(a) | set(b)
    else:
        times = set(a if isinstance(a, dict) else b)
    out = {}
    for t in times:
        x = a.get(t, 0.0) if isinstance(a, dict) else a
        y = b.get(t, 0.0) if isinstance(b, dict) else b
        value = f(x, y)
        if value is not None:
            out[t] = value
    return out


def fill(series, how, times):
    if isinstance(series, list):
        return [fill(s, how, times) for s in series]
    out = dict(series)
    for t in times:
        if t in series:
            continue
        before = [u for u in series if u < t]
        after = [u for u in series if u > t]
        if how == "REPEAT":
            if before:
                out[t] = series[max(before)]
        elif how == "LINEAR":
            if before and after:
                u, v = max(before), min(after)
                out[t] = series[u] + (t - u) / (v - u) * (series[v] - series[u])
        elif isinstance(how, dict):
            if t in how:
                out[t] = how[t]
        else:
            out[t] = how
    return out


def neighbours(series, f):
    if isinstance(series, list):
        return [neighbours(s, f) for s in series]
    times = sorted(series)
    return {b: f(series[b] - series[a], b - a) for a, b in zip(times, times[1:])}


def running(series):
    if isinstance(series, list):
        return [running(s) for s in series]
    out, total = {}, 0.0
    for t in sorted(series):
        total += series[t]
        out[t] = total
    return out


AGGREGATES = {
    "SUM": sum,
    "MIN": lambda v: min(v) if v else 0.0,
    "MAX": lambda v: max(v) if v else 0.0,
    "AVG": lambda v: sum(v) / len(v) if v else 0.0,
    "STDDEV": lambda v: statistics.pstdev(v) if v else 0.0,
    "DATAPOINT_COUNT": lambda v: float(len(v)),
}


def aggregate(name, value):
    f = AGGREGATES[name]
    if isinstance(value, dict):
        return f([value[t] for t in sorted(value)])
    times = set().union(*value) if value else set()
    out = {}
    for t in times:
        there = [s[t] for s in value if t in s]
        if name == "AVG":
            out[t] = sum(there) / len(value)
        else:
            out[t] = f(there)
    return out


def each(value, f):
    if isinstance(value, list):
        return [each(s, f) for s in value]
    return {t: f(x) for t, x in value.items()}


def evaluate(node, series, times):
    op, args = node["op"], node.get("args", [])
    if op == "number":
        return node["value"]
    if op == "series":
        return series[node["value"]]
    if op == "FILL":
        how = node["value"] if node.get("value") else evaluate(args[1], series, times)
        return fill(evaluate(args[0], series, times), how, times)
    values = [evaluate(a, series, times) for a in args]
    if op in OPERATORS:
        return binary(op, values[0], values[1])
    if op in AGGREGATES:
        return aggregate(op, values[0])
    if op == "list":
        return [s for v in values for s in (v if isinstance(v, list) else [v])]
    if op == "NEGATE":
        return each(values[0], lambda x: -x)
    if op == "ABS":
        return each(values[0], abs)
    if op == "CEIL":
        return each(values[0], lambda x: float(math.ceil(x)))
    if op == "FLOOR":
        return each(values[0], lambda x: float(math.floor(x)))
    if op == "DIFF":
        return neighbours(values[0], lambda d, t: d)
    if op == "DIFF_TIME":
        return neighbours(values[0], lambda d, t: float(t))
    if op == "RATE":
        return neighbours(values[0], lambda d, t: d / t)
    if op == "RUNNING_SUM":
        return running(values[0])
    if op == "TIME_SERIES":
        return {t: values[0] for t in times}
    if op == "IF":
        out = {}
        for t, x in values[0].items():
            chosen = values[1] if x else values[2]
            if isinstance(chosen, dict):
                if t in chosen:
                    out[t] = chosen[t]
                elif x:
                    out[t] = 0.0
            else:
                out[t] = chosen
        return out
    if op == "FIRST":
        return values[0][0]
    if op == "LAST":
        return values[0][-1]
    raise ValueError(op)


def answer(case):
    if "samples" in case:
        samples = [v for v, n in case["samples"] for _ in range(n)]
        return {name: statistic(name, samples) for name in case["statistics"]}
    series = {name: {int(t): v for t, v in points} for name, points in case["series"].items()}
    value = evaluate(case["tree"], series, case["times"])
    if isinstance(value, dict):
        value = [value]
    return [sorted(s.items()) for s in value]


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
