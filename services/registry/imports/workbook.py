"""An uploaded file → its rows, or a sentence that says what is wrong with the file."""

import asyncio
import os
import sys

import orjson

from services.kernel.errors import TooLarge, Unprocessable, WrongType
from services.registry.imports import reading

SECONDS = 40

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


class BadFile(Unprocessable):
    english = "The file cannot be read as a roster."


async def read_workbook(content: bytes, readers: asyncio.Semaphore) -> list[list[str]]:
    """Every row of the sheet as text, the first one being row 1; no more at once than there are `readers`."""
    if not content:
        raise BadFile("文件是空的，请核对后再上传。", code="empty_file")
    async with readers:
        code, output = await read_apart(content)
    if code != 0:  # it ran out of memory or time, or its reader broke
        raise BadFile(REFUSALS["too_much"], code="too_much")
    answer = orjson.loads(output)
    reason = answer.get("refused")
    if reason == "not_xlsx":
        raise WrongType(NOT_XLSX, code="not_xlsx")
    if reason in ("expands_too_much", "too_many_rows"):
        raise TooLarge(REFUSALS[reason], code=reason)
    if reason is not None:
        raise BadFile(REFUSALS[reason], code=reason)
    rows: list[list[str]] = answer["rows"]
    return rows


def readers() -> asyncio.Semaphore:
    """Two at a time: each may take a gigabyte."""
    return asyncio.Semaphore(2)


async def read_apart(content: bytes) -> tuple[int | None, bytes]:
    """In a process that knows none of our settings; where Python's own library lies, it must be told."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        reading.__file__,
        env={name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(content), SECONDS)
    except TimeoutError:
        return None, b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, output
