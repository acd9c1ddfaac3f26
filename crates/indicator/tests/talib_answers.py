#!/usr/bin/env python3
"""Prints the known answers of src/tests/known.rs, from TA-Lib.

    pip install TA-Lib==0.8.2 numpy
    python3 crates/indicator/tests/talib_answers.py ../shared/data

By hand, when an indicator is added; the tests themselves need no Python.
"""
import csv
import gzip
import sys

import numpy
import talib


def walk(rows):
    """The walk of src/tests/known.rs: Knuth's MMIX generator, its upper bits."""
    state, price, prices = 1, 100_000, []
    for _ in range(rows):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        price = max(1_000, price + (state >> 33) % 401 - 200)
        prices.append(float(price))
    return numpy.array(prices)


def closes(root, name, places):
    with gzip.open(f"{root}/bars/{name}", "rt") as file:
        return numpy.array([round(float(row["close"]) * 10**places) for row in csv.DictReader(file)], dtype=float)


def table(title, series, rows):
    print(f"// {title}")
    for name, values in [
        ("ema 20", talib.EMA(series, 20)),
        ("ema 200", talib.EMA(series, 200)),
        ("rsi 14", talib.RSI(series, 14)),
        ("rsi 2", talib.RSI(series, 2)),
    ]:
        first = int(numpy.flatnonzero(~numpy.isnan(values))[0])
        picked = [first] + [row for row in rows if row > first]
        print(f"    // {name}")
        for row in picked:
            print(f"    ({row}, {values[row]:.9f}),")


print("//", talib.__ta_version__)
table("walk", walk(2_000), [500, 501, 750, 1_000, 1_500, 1_999])
bars = closes(sys.argv[1], "binance_spot_BTCUSDT_5m_2024.csv.gz", 2)
table("btcusdt spot 5m", bars, [500, 5_000, 12_345, 30_000, 50_001, 70_000])
