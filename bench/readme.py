"""README's table of figures, generated from bench/results; a test checks that they agree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.report import Aim, shown

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
BEGIN, END = "<!-- figures: python -m bench --readme -->", "<!-- end of figures -->"

ENGLISH: Mapping[str, str] = {
    "acknowledged": "a command is acknowledged, p99 of 500 at 100 a second",
    "posted": "from ready at Kling to the picture in the channel, p95",
    "called": "from ready at Kling to the picture on disk, where Kling calls back",
    "calls": "calls to Kling a task, against the reference client",
    "makespan": "1,000 tasks, against the reference client in threads",
    "rate": "whole jobs a second, 8 MB in",
    "naive_rate": "whole jobs a second, against a naive asyncio bot",
    "threads_rate": "whole jobs a second, against the reference client in threads",
    "stall": "longest stall of the event loop, 100 jobs in flight",
    "naive_stall": "longest stall: the naive bot's against ours",
    "growth": "memory that 100 jobs in flight add",
    "admissions": "acceptances a second, each synced to disk",
    "start": "start to connected",
    "rest": "resident memory at rest",
    "waiting": "memory a waiting job",
    "resumed": "10,000 open jobs taken up again",
    "past_Jobs": "a job's cost with 1,000,000 past jobs, against 1,000",
}
CHINESE: Mapping[str, str] = {
    "acknowledged": "命令得到响应的时间（每秒 100 条，共 500 条，p99）",
    "posted": "从 Kling 完成到图片出现在频道，p95",
    "called": "从 Kling 完成到图片写入磁盘（使用回调时）",
    "calls": "每个任务调用 Kling 的次数，与参考客户端之比",
    "makespan": "1,000 个任务，与多线程参考客户端之比",
    "rate": "每秒完成的整个请求数，原图 8 MB",
    "naive_rate": "每秒完成的请求数，与普通 asyncio 机器人之比",
    "threads_rate": "每秒完成的请求数，与多线程参考客户端之比",
    "stall": "同时处理 100 个请求时事件循环的最长停顿",
    "naive_stall": "最长停顿：普通机器人与我们之比",
    "growth": "同时处理 100 个请求增加的内存",
    "admissions": "每秒受理数，每次都同步写盘",
    "start": "从启动到连接",
    "rest": "空闲时占用的内存",
    "waiting": "每个等待中的请求占用的内存",
    "resumed": "重新接手 10,000 个未完成的请求",
    "past_Jobs": "已有 1,000,000 个请求时每个请求的开销，与 1,000 个时之比",
}
HEADS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "README.md": ("| measured | found | aim |", "Measured on", ENGLISH),
    "README.zh-CN.md": ("| 项目 | 结果 | 目标 |", "测试环境：", CHINESE),
}


def block(name: str, results: Path = RESULTS) -> str:
    """Return the text between the markers in a README; empty if there are no results."""
    head, before, words = HEADS[name]
    tables = [json.loads(path.read_text("utf-8")) for path in sorted(results.glob("*.json"))]
    found = {aim.key: aim for table in tables for aim in _aims(table)}
    rows = [_row(words[key], found[key]) for key in words if key in found]
    if not rows:
        return ""
    machine = _machine(tables[0]["machine"])
    return "\n".join(["", head, "| --- | --- | --- |", *rows, "", f"{before} {machine}", ""])


def rewrite() -> None:
    """Update both READMEs."""
    for name in HEADS:
        path = ROOT / name
        before, _, rest = path.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        path.write_text(f"{before}{BEGIN}\n{block(name)}{END}{after}", "utf-8")


def _aims(table: Mapping[str, Any]) -> Iterator[Aim]:
    return (Aim(**aim) for aim in table["aims"])


def _row(words: str, aim: Aim) -> str:
    unit = {"times": "×", "": ""}.get(aim.unit, f" {aim.unit}")
    sign = "≤" if aim.better == "below" else "≥"
    mark = "" if aim.is_met else " (missed)"
    return f"| {words} | {shown(aim.found)}{unit}{mark} | {sign} {shown(aim.wanted)}{unit} |"


def _machine(of: Mapping[str, str]) -> str:
    return f"{of['cores']} × {of['processor']}, Python {of['python']}, SQLite {of['sqlite']}."
