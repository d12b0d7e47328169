"""Running a command of the configuration: `systemctl stop ...`, as a rule."""

import asyncio
import contextlib
from collections.abc import Sequence

LONGEST_S = 10.0


async def run(argv: Sequence[str], longest_s: float = LONGEST_S) -> str | None:
    """None where it ended well; else why not, in words. It is ended where it takes longer."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return f"{argv[0]}: {error.strerror}"
    try:
        async with asyncio.timeout(longest_s):
            _, words = await process.communicate()
    except TimeoutError:
        return f"{argv[0]} did not end within {longest_s:g} s"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == 0:
        return None
    said = words.decode(errors="replace").strip().splitlines()
    return f"{argv[0]} ended with {process.returncode}" + (f": {said[-1]}" if said else "")
