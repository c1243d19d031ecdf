"""An uploaded file → its rows, or a sentence that says what is wrong with the file."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.kernel.errors import DomainError, TooLarge, Unprocessable, WrongType
from services.registry.imports import reading

SECONDS = 40
LINE = 64 * 1024 * 1024

NOT_TABLE = "请上传 .xlsx 工作簿，或 UTF-8、GBK 编码的 .csv 文本文件，其他格式不能导入。"
NOT_XLSX = "请上传 .xlsx 工作簿（在 Excel 或 WPS 中另存为“Excel 工作簿”后再上传），其他格式不能导入。"
REFUSALS = {
    "has_macros": "工作簿中含有宏，不能导入。请另存为不带宏的 .xlsx 后再上传。",
    "expands_too_much": "文件解压后过大，不能导入。请只保留名册一个工作表，或拆分成几份再上传。",
    "no_sheet": "工作簿中没有可见的工作表，请核对后再上传。",
    "unreadable": "文件已损坏或无法识别，请在 Excel 或 WPS 中打开并另存后再上传。",
    "too_much": "读取这份文件需要的时间或内存过多。请把名册复制到一个新工作簿（只留有内容的行和列）后再上传。",
    "too_many_rows": f"一份文件最多 {reading.ROWS} 行，请拆分成几份再上传。",
    "too_many_columns": f"工作表最多 {reading.COLUMNS} 列，请删除多余的列后再上传。",
    "cell_too_long": f"有单元格超过 {reading.CELL} 个字，请核对内容后再上传。",
}
# U13: what is read though nobody sees it, or seen otherwise than it is read.
ODD = {
    "filters": "工作表设有筛选，被筛掉的行也会读取。如不需要，请清除筛选并删除这些行后再上传。",
    "hidden_rows": "工作表中有 {} 个隐藏的行，已一并读取。如不需要，请删除后再上传。",
    "hidden_columns": "工作表中有 {} 个隐藏的列，已一并读取。请取消隐藏后核对。",
    "formulas": "有 {} 个单元格是公式，按其结果读取。请核对结果是否正确。",
    "merged": "有 {} 处合并单元格，除左上角外按空白读取。请取消合并、逐行填写后再上传。",
}


class BadFile(Unprocessable):
    english = "The file cannot be read as a roster."


@dataclass
class Sheet:
    """What is learnt of a sheet while its rows are read."""

    height: int = 0
    notes: list[str] = field(default_factory=list)


def refusal(reason: str) -> DomainError:
    if reason == "not_xlsx":
        return WrongType(NOT_XLSX, code="not_xlsx")
    if reason == "not_table":
        return WrongType(NOT_TABLE, code="not_table")
    kind = TooLarge if reason in ("expands_too_much", "too_many_rows") else BadFile
    return kind(REFUSALS[reason], code=reason)


def check_at_once(content: bytes, *, csv: bool = False) -> None:
    """What can be seen before the file is read; `csv`: text is taken, too."""
    if not content:
        raise BadFile("文件是空的，请核对后再上传。", code="empty_file")
    try:
        if csv and not content.startswith(reading.START):
            reading.text_in(content)
        else:
            reading.check_archive(content)
    except reading.Refused as error:
        raise refusal(str(error)) from error


async def rows_of(content: bytes, sheet: Sheet, *, csv: bool = False) -> AsyncGenerator[list[list[str]], None]:
    """Every row of the sheet as text, the first one being row 1, piece by piece."""
    async with contextlib.aclosing(said(content, csv=csv)) as lines:
        async for line in lines:
            if "refused" in line:
                raise refusal(line["refused"])
            if "rows" in line:
                yield line["rows"]
            sheet.height = line.get("height", sheet.height)
            sheet.notes += [text.format(n) for name, text in ODD.items() if (n := line.get("odd", {}).get(name))]


async def said(content: bytes, *, csv: bool) -> AsyncGenerator[dict[str, Any], None]:
    """By a process that knows none of our settings; where Python's own library lies, it must be told."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        reading.__file__,
        *(["csv"] if csv else []),
        env={name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=LINE,
    )
    if process.stdin is None or process.stdout is None:
        raise AssertionError("no pipes")
    ended = False
    try:
        with contextlib.suppress(ConnectionError):  # it has ended; its code says how
            process.stdin.write(content)
            await asyncio.wait_for(process.stdin.drain(), SECONDS)
        process.stdin.close()
        while line := await asyncio.wait_for(process.stdout.readline(), SECONDS):
            known = orjson.loads(line)
            ended = "odd" in known or "refused" in known
            yield known
        await asyncio.wait_for(process.wait(), SECONDS)
    except (TimeoutError, ValueError):  # too slow, or cut off in the middle of a line
        ended = False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if not ended or process.returncode != 0:  # it ran out of memory or time, or its reader broke
        yield {"refused": "too_much"}
