"""The client ends when it is told to, at any moment."""

import asyncio
import inspect

import aiomqtt
import pytest
from aiomqtt import client as aiomqtt_client

from hubd.mqtt.client import Client


@pytest.mark.parametrize("failure", [None, aiomqtt.MqttError("lost")], ids=["answered", "lost"])
async def test_a_cancellation_in_the_moment_of_the_answer_is_not_forgotten(failure: Exception | None) -> None:
    answer: asyncio.Future[int] = asyncio.Future()
    waiting = asyncio.ensure_future(Client("localhost")._wait_for(answer, None))
    await asyncio.sleep(0)
    if failure is None:
        answer.set_result(1)
    else:
        answer.set_exception(failure)
        answer.exception()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_waiting_too_long_is_an_mqtt_error() -> None:
    with pytest.raises(aiomqtt.MqttError, match="no answer in time"):
        await Client("localhost")._wait_for(asyncio.Event().wait(), 0.001)


def test_all_waiting_of_aiomqtt_goes_through_the_door_that_the_client_overrides() -> None:
    assert inspect.getsource(aiomqtt_client).count("asyncio.wait_for(") == 1
    assert "asyncio.wait_for(" in inspect.getsource(aiomqtt.Client._wait_for)
    assert list(inspect.signature(aiomqtt.Client._wait_for).parameters) == ["self", "fut", "timeout"]


async def test_a_connection_that_nobody_answers_leaves_no_socket_behind() -> None:
    """Warnings are errors here: an unclosed socket fails the test."""
    silent = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    with pytest.raises(aiomqtt.MqttError):
        async with Client("127.0.0.1", port, timeout=2.0):
            raise AssertionError("it connected")
    silent.close()
    await silent.wait_closed()
