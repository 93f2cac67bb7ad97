"""An ordinary program of the official Python SDK: base URL and key come from the environment.

Prints one JSON line per scenario: {"scenario", "ok", "detail"}.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import openai
from openai import AsyncOpenAI, DefaultHttpxClient, OpenAI

MODEL = "gpt-4o-mini"
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def user(text):
    return [{"role": "user", "content": text}]


def expect(truth, otherwise):
    if not truth:
        raise AssertionError(otherwise)


def expect_usage(usage, output_tokens=None):
    expect(usage is not None, "no usage")
    total = usage.prompt_tokens + usage.completion_tokens
    expect(usage.total_tokens == total, f"total {usage.total_tokens}, in + out {total}")
    if output_tokens is not None:
        expect(usage.completion_tokens == output_tokens, f"{usage.completion_tokens} tokens out, not {output_tokens}")


def expect_error(kind, call):
    """The error that the call raises, which must be exactly of this class."""
    try:
        call()
    except openai.OpenAIError as error:
        expect(type(error) is kind, f"raised {type(error).__name__}, not {kind.__name__}: {error}")
        return error
    raise AssertionError(f"raised nothing, not {kind.__name__}")


def chat():
    answer = OpenAI().chat.completions.create(model=MODEL, messages=user("Hello! tokens=40"))
    expect(answer.choices[0].message.content, "empty content")
    expect_usage(answer.usage, 40)
    return f"{answer.usage.total_tokens} tokens"


def stream():
    chunks = list(
        OpenAI().chat.completions.create(model=MODEL, messages=user("Hello! tokens=40"), max_tokens=100, stream=True)
    )
    expect(len(chunks) > 2, f"only {len(chunks)} chunks")
    expect(all(chunk.usage is None for chunk in chunks), "usage that was not asked for")
    expect(all(chunk.choices for chunk in chunks), "a chunk without choices")
    expect("".join(chunk.choices[0].delta.content or "" for chunk in chunks), "empty content")
    return f"{len(chunks)} chunks"


def stream_with_usage():
    chunks = list(
        OpenAI().chat.completions.create(
            model=MODEL,
            messages=user("Hello! tokens=40"),
            max_tokens=100,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    expect_usage(chunks[-1].usage, 40)
    expect(all(chunk.usage is None for chunk in chunks[:-1]), "usage before the last chunk")
    return f"{chunks[-1].usage.total_tokens} tokens"


def tools_and_two_choices():
    answer = OpenAI().chat.completions.create(
        model=MODEL, messages=user("Weather in Rome? tokens=40"), max_tokens=100, n=2, tools=[WEATHER]
    )
    expect(len(answer.choices) == 2, f"{len(answer.choices)} choices")
    expect_usage(answer.usage, 80)
    return f"{answer.usage.total_tokens} tokens"


def models():
    names = [model.id for model in OpenAI().models.list()]
    expect(names and all(names), "no models, or one without a name")
    return f"{len(names)} models"


def wrong_key():
    client = OpenAI(api_key="sk-wrong")
    error = expect_error(
        openai.AuthenticationError,
        lambda: client.chat.completions.create(model=MODEL, messages=user("Hello!"), max_tokens=100),
    )
    expect(error.code == "invalid_api_key", f"code {error.code}")
    retries = error.request.headers["x-stainless-retry-count"]
    expect(retries == "0", f"retried {retries} times")
    return error.code


def unknown_path():
    client = OpenAI()
    error = expect_error(openai.NotFoundError, lambda: client.get("/no/such/path", cast_to=object))
    expect(error.body and error.body.get("message"), "no message in OpenAI's form")
    return "NotFoundError"


def unknown_model():
    client = OpenAI()
    error = expect_error(
        openai.NotFoundError,
        lambda: client.chat.completions.create(model="no-such-model", messages=user("Hello!"), max_tokens=100),
    )
    expect(error.code == "model_not_found", f"code {error.code}")
    return error.code


def asynchronous():
    async def talk():
        async with AsyncOpenAI() as client:
            answer = await client.chat.completions.create(
                model=MODEL, messages=user("Hello! tokens=40"), max_tokens=100
            )
            expect_usage(answer.usage, 40)
            chunks = await client.chat.completions.create(
                model=MODEL, messages=user("Hello! tokens=40"), max_tokens=100, stream=True
            )
            text = [chunk.choices[0].delta.content or "" async for chunk in chunks]
            expect("".join(text), "empty content")
            return f"{len(text)} chunks"

    return asyncio.run(talk())


def abort():
    client = OpenAI()
    chunks = client.chat.completions.create(
        model=MODEL, messages=user("Hello! tokens=200 delay=50"), max_tokens=300, stream=True
    )
    for _ in range(3):
        next(chunks)
    chunks.close()
    answer = client.chat.completions.create(model=MODEL, messages=user("Again! tokens=40"), max_tokens=100)
    expect_usage(answer.usage, 40)
    return "answered after the abort"


def parallel():
    client = OpenAI()

    def call(number):
        return client.chat.completions.create(
            model=MODEL, messages=user(f"Call tokens={20 + number} delay=5"), max_tokens=100
        )

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(call, range(20)))
    for number, answer in enumerate(answers):
        expect_usage(answer.usage, 20 + number)
    return f"{len(answers)} answers"


def no_credits():
    calls = []
    client = OpenAI(http_client=DefaultHttpxClient(event_hooks={"request": [calls.append]}))

    def drain():
        for _ in range(10):
            calls.clear()
            client.chat.completions.create(model=MODEL, messages=user("Much! tokens=5000"), max_tokens=6000)

    error = expect_error(openai.APIStatusError, drain)
    expect(error.status_code == 402, f"status {error.status_code}")
    expect(error.code in ("credit_balance_exhausted", "request_exceeds_balance"), f"code {error.code}")
    expect("/topup" in str(error), f"no top-up address in: {error}")
    expect(len(calls) == 1, f"{len(calls)} calls")
    return error.code


SCENARIOS = {
    "chat": chat,
    "stream": stream,
    "stream with usage": stream_with_usage,
    "tools, two choices": tools_and_two_choices,
    "models": models,
    "wrong key": wrong_key,
    "unknown path": unknown_path,
    "unknown model": unknown_model,
    "async": asynchronous,
    "abort, then call": abort,
    "20 parallel calls": parallel,
    "no credits": no_credits,
}

for name, scenario in SCENARIOS.items():
    try:
        result = {"scenario": name, "ok": True, "detail": scenario()}
    except Exception as problem:
        result = {"scenario": name, "ok": False, "detail": f"{type(problem).__name__}: {problem}"}
    print(json.dumps(result), flush=True)
