"""The clock of the simulated joins: waits are skipped, work is not, and nothing happens out of order."""

import asyncio
import time

from hubd.bench.joins.warp import WarpedClock, WarpedLoop


def run(work):  # type: ignore[no-untyped-def]
    clock = WarpedClock()
    with clock.in_force(), asyncio.Runner(loop_factory=lambda: WarpedLoop(clock)) as runner:
        return runner.run(work()), clock


def test_an_hour_of_waiting_passes_at_once_on_every_clock() -> None:
    real_s = time.perf_counter()

    async def work() -> tuple[float, float, float]:
        loop = asyncio.get_running_loop()
        before = loop.time(), time.monotonic(), time.time()
        await asyncio.sleep(3_600)
        return tuple(b - a for a, b in zip(before, (loop.time(), time.monotonic(), time.time()), strict=True))  # type: ignore[return-value]

    passed, clock = run(work)
    assert all(3_600 <= each < 3_601 for each in passed)
    assert clock.skipped_s > 3_590
    assert time.perf_counter() - real_s < 5


def test_the_clocks_are_the_machines_again_afterwards() -> None:
    async def work() -> None:
        await asyncio.sleep(1_000)

    before = time.monotonic()
    run(work)
    assert time.monotonic() - before < 5


def test_no_time_passes_while_a_thread_works_but_its_own() -> None:
    async def work() -> float:
        began = time.monotonic()
        late = asyncio.create_task(asyncio.sleep(600))
        await asyncio.to_thread(time.sleep, 0.05)
        worked = time.monotonic() - began
        late.cancel()
        return worked

    worked, _ = run(work)
    assert 0.05 <= worked < 5


def test_a_time_out_of_a_second_does_not_fire_before_an_answer_that_is_on_its_way() -> None:
    async def work() -> bytes:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"answer\n")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        try:
            async with asyncio.timeout(1.0):
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
                line = await reader.readline()
                writer.close()
                return line
        finally:
            server.close()

    line, _ = run(work)
    assert line == b"answer\n"
