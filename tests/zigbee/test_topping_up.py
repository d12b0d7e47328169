"""R30: a token's fate is what its meter says of it, and nothing else."""

import asyncio

import pytest

from hubd.bench.coordinator.faults import Fault
from hubd.model.secret import Secret
from hubd.model.topup import NoAnswer, NotReady, NotSent, TopUpAnswer, TopUpResult

FIRST, SECOND = Secret("73943333457189043313"), Secret("73947252416745201637")


def answering(result=0):
    return lambda meter, frame: [meter.top_up_response(frame.data[1], result)]


async def test_the_meters_answer_is_returned(bench):
    bench.meter.on_command = answering()
    async with bench.joined() as network:
        answer = await network.top_up(bench.meter.ieee, FIRST)
    assert answer == TopUpAnswer(TopUpResult.ACCEPTED, 800_024, 1_300_024)
    (sent,) = bench.meter.heard_on(0x0705, 0x04)
    assert sent.data == b"\x01" + sent.data[1:2] + b"\x04\x00\x14" + FIRST.reveal().encode()


@pytest.mark.parametrize("code", [0x01, 0x02, 0x05, 0x10, 0x7B])
async def test_every_result_is_told_and_unknown_ones_as_numbers(bench, code):
    bench.meter.on_command = answering(code)
    async with bench.joined() as network:
        assert (await network.top_up(bench.meter.ieee, FIRST)).result == code


async def test_a_token_is_sent_once_and_silence_is_no_answer(bench):
    async with bench.joined() as network:
        assert isinstance(await network.top_up(bench.meter.ieee, FIRST), NoAnswer)
    assert len(bench.meter.heard_on(0x0705, 0x04)) == 1


@pytest.mark.parametrize("fault", [Fault.CONFIRM_LOST, Fault.CONFIRM_FAILED])
async def test_the_radios_word_on_delivery_counts_for_nothing(bench, fault):
    bench.meter.on_command = answering()
    async with bench.joined() as network:
        bench.virtual.coordinator.faults.add(fault, 3)
        assert (await network.top_up(bench.meter.ieee, FIRST)).result is TopUpResult.ACCEPTED
        assert (await network.read_metering(bench.meter.ieee)).import_wh == 1_234_567
        bench.meter.on_command = lambda meter, frame: []
        assert isinstance(await network.top_up(bench.meter.ieee, SECOND), NoAnswer)
    assert len(bench.meter.heard_on(0x0705, 0x04)) == 2


async def test_a_late_answer_is_not_taken_for_the_next_tokens(bench):
    async with bench.joined() as network:
        assert isinstance(await network.top_up(bench.meter.ieee, FIRST), NoAnswer)
        late = bench.meter.heard_on(0x0705, 0x04)[0].data[1]
        bench.meter.on_command = lambda meter, frame: [
            meter.top_up_response(late, 0x00),
            meter.top_up_response(frame.data[1], 0x01),
        ]
        assert (await network.top_up(bench.meter.ieee, SECOND)).result is TopUpResult.REJECTED_INVALID_TOP_UP


async def test_a_meter_that_numbers_by_itself_is_understood(bench):
    bench.meter.on_command = lambda meter, frame: [meter.top_up_response(100, 0x00)]
    async with bench.joined(late_answer_s=0.0) as network:
        assert (await network.top_up(bench.meter.ieee, FIRST)).result is TopUpResult.ACCEPTED


async def test_a_meter_that_numbers_by_itself_is_never_mixed_up(bench):
    own = iter(range(100, 200))
    async with bench.joined() as network:
        bench.meter.on_command = lambda meter, frame: []
        assert isinstance(await network.top_up(bench.meter.ieee, FIRST), NoAnswer)
        bench.meter.on_command = lambda meter, frame: [meter.top_up_response(next(own), 0x00)]  # the late one
        assert isinstance(await network.top_up(bench.meter.ieee, SECOND), NoAnswer)


@pytest.mark.parametrize(
    "payload",
    ["", "00", "00 18350c00 00 480014", "00 18350c00 00 58d61300 00", "00 18350c00 01 58d61300"],
    ids=["empty", "result alone", "cut short", "too long", "for the keypad"],
)
async def test_a_mutated_answer_is_no_answer(bench, payload):
    bench.meter.on_command = lambda meter, frame: [
        meter.frame(0x0705, bytes((0x19, frame.data[1], 0x03)) + bytes.fromhex(payload))
    ]
    async with bench.joined() as network:
        assert isinstance(await network.top_up(bench.meter.ieee, FIRST), NoAnswer)


@pytest.mark.parametrize(("head", "cluster"), [("09", 0x0702), ("11", 0x0705), ("18", 0x0705)])
async def test_a_like_frame_that_is_not_the_answer_is_none(bench, head, cluster):
    """Another cluster, the other direction, a general command."""
    bench.meter.on_command = lambda meter, frame: [
        meter.frame(cluster, bytes.fromhex(head) + frame.data[1:2] + b"\x03" + bytes(10))
    ]
    async with bench.joined() as network:
        assert isinstance(await network.top_up(bench.meter.ieee, FIRST), NoAnswer)


async def test_a_meter_without_the_command_says_so_at_once(bench):
    bench.meter.on_command = lambda meter, frame: [
        meter.frame(0x0705, bytes((0x18, frame.data[1], 0x0B, 0x04, 0x81)))
    ]
    async with bench.joined(answer_timeout_s=30.0) as network:
        answer = await network.top_up(bench.meter.ieee, FIRST)
    assert isinstance(answer, NotReady)
    assert "UNSUP_CLUSTER_COMMAND" in answer.reason


async def test_a_default_response_of_success_is_not_yet_the_answer(bench):
    bench.meter.on_command = lambda meter, frame: [
        meter.frame(0x0705, bytes((0x18, frame.data[1], 0x0B, 0x04, 0x00))),
        meter.top_up_response(77, 0x02),
    ]
    async with bench.joined(late_answer_s=0.0) as network:
        assert (await network.top_up(bench.meter.ieee, FIRST)).result is TopUpResult.REJECTED_DUPLICATE_TOP_UP


async def test_tokens_to_one_meter_go_one_after_another(bench):
    bench.meter.on_command = answering()
    async with bench.joined() as network, asyncio.TaskGroup() as group:
        results = [group.create_task(network.top_up(bench.meter.ieee, code)) for code in (FIRST, SECOND)]
    assert [task.result().result for task in results] == [TopUpResult.ACCEPTED] * 2


async def test_a_token_that_cannot_leave_is_not_sent(bench):
    async with bench.joined() as network:
        assert isinstance(await network.top_up("00:00:00:00:00:00:00:01", FIRST), NotSent)
        assert isinstance(await network.top_up(bench.meter.ieee, Secret("9" * 26)), NotSent)
        bench.virtual.line.vanish(0.3)
        await bench.until(lambda: network.radio.state == "lost")
        assert isinstance(await network.top_up(bench.meter.ieee, FIRST), NotSent)


async def test_a_token_on_the_air_when_the_radio_is_lost_is_of_unknown_fate(bench):
    async with bench.joined(answer_timeout_s=30.0) as network:
        waiting = asyncio.create_task(network.top_up(bench.meter.ieee, FIRST))
        await bench.until(lambda: bench.meter.heard_on(0x0705, 0x04))
        bench.virtual.line.vanish(0.1)
        assert isinstance(await waiting, NoAnswer)


async def test_a_token_handed_to_a_frozen_radio_is_of_unknown_fate(bench):
    async with bench.joined() as network:
        bench.virtual.coordinator.faults.frozen_until_s = bench.virtual.air.clock.now_s() + 2
        assert isinstance(await network.top_up(bench.meter.ieee, FIRST), NoAnswer)
