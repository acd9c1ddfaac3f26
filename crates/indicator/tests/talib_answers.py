#!/usr/bin/env python3
"""Writes the known answers of src/tests/answers.rs, from TA-Lib.

    pip install TA-Lib==0.8.2 numpy
    python3 crates/indicator/tests/talib_answers.py ../shared/data > crates/indicator/src/tests/answers.rs
    rustfmt --edition 2024 crates/indicator/src/tests/answers.rs

By hand, when an indicator is added; the tests themselves need no Python. What TA-Lib does not have (Keltner, Ichimoku,
realised volatility) is computed here from its definition, with TA-Lib's parts where there are any.
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
    closes = numpy.array(prices)
    opens = numpy.concatenate([closes[:1], closes[:-1]])
    reach = (numpy.arange(rows) * 7919) % 97
    return numpy.maximum(opens, closes) + reach, numpy.minimum(opens, closes) - (reach * 31) % 89, closes


def bars(root, name):
    with gzip.open(f"{root}/bars/{name}", "rt") as file:
        rows = list(csv.DictReader(file))
    return [numpy.array([float(row[key]) for row in rows]) for key in ("high", "low", "close")]


def rolling(values, length, reduce):
    out = numpy.full(len(values), numpy.nan)
    out[length - 1 :] = reduce(numpy.lib.stride_tricks.sliding_window_view(values, length), axis=1)
    return out


def later(values, rows):
    return numpy.concatenate([numpy.full(rows, numpy.nan), values[: len(values) - rows]])


def columns(high, low, close):
    yield "rsi_14", talib.RSI(close, 14)
    yield "rsi_2", talib.RSI(close, 2)
    yield "ema_20", talib.EMA(close, 20)
    yield "ema_200", talib.EMA(close, 200)
    yield "sma_20", talib.SMA(close, 20)
    for name, values in zip(("macd", "macd_signal", "macd_hist"), talib.MACD(close, 12, 26, 9)):
        yield f"{name}_12_26_9", values
    for name, values in zip(("bb_upper", "bb_middle", "bb_lower"), talib.BBANDS(close, 20, 2, 2)):
        yield f"{name}_20_2", values
    yield "atr_14", talib.ATR(high, low, close, 14)
    yield "adx_14", talib.ADX(high, low, close, 14)
    reach = 2 * talib.ATR(high, low, close, 20)
    middle = talib.EMA(close, 20)
    yield "keltner_upper_20_2", middle + reach
    yield "keltner_lower_20_2", middle - reach
    tenkan, kijun, senkou = [
        (rolling(high, length, numpy.max) + rolling(low, length, numpy.min)) / 2 for length in (9, 26, 52)
    ]
    yield "ichimoku_tenkan_9", tenkan
    yield "ichimoku_kijun_26", kijun
    yield "ichimoku_senkou_a", later((tenkan + kijun) / 2, 26)
    yield "ichimoku_senkou_b", later(senkou, 26)
    squares = numpy.diff(numpy.log(close)) ** 2
    yield "volatility_20", numpy.concatenate([[numpy.nan], numpy.sqrt(rolling(squares, 20, numpy.sum))])


def table(name, doc, series, rows):
    print(f"/// {doc}\npub(super) const {name}: &[Known] = &[")
    for column, values in columns(*series):
        first = int(numpy.flatnonzero(~numpy.isnan(values))[0])
        picked = [first] + [row for row in rows if row > first]
        pairs = ", ".join(f"({row}, {values[row]:.12e})" for row in picked)
        print(f'("{column}", &[{pairs}]),')
    print("];\n")


print(f"//! Known answers of TA-Lib {talib.__ta_version__.decode().split()[0]}, written by tests/talib_answers.py.")
print("//!\n//! Column, and row and value: the first row that has one, and some later ones.\n")
print("#![allow(clippy::unreadable_literal, clippy::excessive_precision, reason = \"as they were printed\")]\n")
print("/// A column and its values.\npub(super) type Known = (&'static str, &'static [(usize, f64)]);\n")
table("WALK", "Over the walk of known.rs.", walk(2_000), [500, 501, 1_000, 1_999])
picked = [500, 5_000, 12_345, 30_000, 50_001, 70_000]
table("BTCUSDT", "Over binance_spot_BTCUSDT_5m_2024.", bars(sys.argv[1], "binance_spot_BTCUSDT_5m_2024.csv.gz"), picked)
table("PEPEUSDT", "Over binance_spot_PEPEUSDT_5m_2024.", bars(sys.argv[1], "binance_spot_PEPEUSDT_5m_2024.csv.gz"), picked)
