"""An ordinary program of the official Python SDK: base URL and keys come from the environment.

Prints one JSON line per scenario, {"scenario", "ok", "detail"}, where the detail is what the SDK's user sees. Arguments
name the scenarios; without any, all run but those that need a key which is not there.
"""

import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import openai
from openai import AsyncOpenAI

import media
from common import MODEL, calls, client, expect, expect_error, expect_usage, user

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "array", "items": {"type": "integer"}}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
PIXEL = "data:image/png;base64," + media.PIXEL


def chat():
    answer = client().chat.completions.create(model=MODEL, messages=user("Hello! tokens=40"))
    expect_usage(answer.usage, 40)
    return f"{answer.usage.total_tokens} tokens, {answer.choices[0].finish_reason}: {answer.choices[0].message.content}"


def streamed(text, **more):
    return list(client().chat.completions.create(model=MODEL, messages=user(text), max_tokens=100, stream=True, **more))


def content(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def stream():
    chunks = streamed("Hello! tokens=40")
    expect(all(chunk.usage is None for chunk in chunks), "usage that was not asked for")
    expect(all(chunk.choices for chunk in chunks), "a chunk without choices")
    return f"{len(chunks)} chunks: {content(chunks)}"


def stream_with_usage():
    chunks = streamed("Hello! tokens=40", stream_options={"include_usage": True})
    expect_usage(chunks[-1].usage, 40)
    expect(all(chunk.usage is None for chunk in chunks[:-1]), "usage before the last chunk")
    return f"{chunks[-1].usage.total_tokens} tokens, {len(chunks)} chunks"


def tools():
    answer = client().chat.completions.create(
        model=MODEL, messages=user("Rome? call=weather"), max_tokens=100, tools=[WEATHER]
    )
    call = answer.choices[0].message.tool_calls[0].function
    expect("city" in json.loads(call.arguments), call.arguments)
    pieces = [
        chunk.choices[0].delta.tool_calls[0].function.arguments
        for chunk in streamed("Rome? call=weather", tools=[WEATHER])
        if chunk.choices[0].delta.tool_calls
    ]
    expect("".join(pieces) == call.arguments, f"streamed {pieces}")
    return f"{answer.choices[0].finish_reason} {call.name} {call.arguments}, {answer.usage.total_tokens} tokens"


def structured_output():
    answer = client().chat.completions.create(
        model=MODEL,
        messages=user("Plan"),
        max_tokens=100,
        response_format={"type": "json_schema", "json_schema": {"name": "plan", "strict": True, "schema": SCHEMA}},
    )
    plan = json.loads(answer.choices[0].message.content)
    expect(set(plan) == {"city", "days"}, f"members {set(plan)}")
    return f"{plan}, {answer.usage.total_tokens} tokens"


def vision():
    parts = [{"type": "text", "text": "What? tokens=20"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    answer = client().chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": parts}], max_tokens=100
    )
    expect(answer.usage.prompt_tokens > 85, f"{answer.usage.prompt_tokens} tokens in: the image was not counted")
    return f"{answer.usage.total_tokens} tokens"


def two_choices():
    answer = client().chat.completions.create(
        model=MODEL, messages=user("Twice tokens=20"), max_tokens=100, n=2, logprobs=True
    )
    expect_usage(answer.usage, 40)
    expect(len(answer.choices[1].logprobs.content) == 20, "logprobs are missing")
    return f"{len(answer.choices)} choices, {answer.usage.total_tokens} tokens"


def models():
    names = [model.id for model in client().models.list()]
    return f"{client().models.retrieve(names[0]).id} of {names}"


def wrong_key():
    with calls() as made:
        error = expect_error(
            openai.AuthenticationError,
            lambda: client(made, api_key="sk-wrong").chat.completions.create(model=MODEL, messages=user("Hello!")),
        )
    return f"{error.code}, {error.type}, {len(made)} call"


def unknown_path():
    error = expect_error(openai.NotFoundError, lambda: client().get("/no/such/path", cast_to=object))
    expect(error.body and error.body.get("message"), "no message in OpenAI's form")
    return "NotFoundError with a message"


def unknown_model():
    error = expect_error(
        openai.NotFoundError,
        lambda: client().chat.completions.create(model="no-such-model", messages=user("Hello!"), max_tokens=100),
    )
    return f"{error.code}: {error.body['message']}"


def asynchronous():
    async def talk():
        async with AsyncOpenAI(default_headers={"x-client-request-id": "python/async"}) as talker:
            answer = await talker.chat.completions.create(
                model=MODEL, messages=user("Hello! tokens=40"), max_tokens=100
            )
            chunks = await talker.chat.completions.create(
                model=MODEL, messages=user("Hello! tokens=40"), max_tokens=100, stream=True
            )
            return f"{answer.usage.total_tokens} tokens: {content([chunk async for chunk in chunks])}"

    return asyncio.run(talk())


def abort():
    talker = client()
    chunks = talker.chat.completions.create(
        model=MODEL, messages=user("Hello! tokens=60 delay=20"), max_tokens=300, stream=True
    )
    for _ in range(3):
        next(chunks)
    chunks.close()
    answer = talker.chat.completions.create(model=MODEL, messages=user("Again! tokens=40"), max_tokens=100)
    expect_usage(answer.usage, 40)
    return "answered after the abort"


def refused(order, kind=None):
    """A call whose first attempts the provider refuses: answered after retries, or the error of this class."""

    def scenario():
        with calls() as made:

            def call():
                return client(made).chat.completions.create(
                    model=MODEL, messages=user(f"Please {order} tokens=20"), max_tokens=100
                )

            if kind is None:
                return f"{call().usage.total_tokens} tokens, {len(made)} calls"
            error = expect_error(kind, call)
            return f"{type(error).__name__}, {error.type}, {error.code}, {len(made)} calls"

    return scenario


def broken_stream(order):
    def scenario():
        seen = []
        try:
            for chunk in client(api_key=os.environ.get("BROKEN_KEY")).chat.completions.create(
                model=MODEL, messages=user(f"Please {order} tokens=20 delay=5"), max_tokens=100, stream=True
            ):
                seen.append(chunk)
        except Exception as error:
            return f"{type(error).__name__} after {len(seen)} chunks"
        raise AssertionError(f"nothing raised after {len(seen)} chunks")

    return scenario


def keep_alive():
    talker = client()
    for number in range(5):
        talker.chat.completions.create(model=MODEL, messages=user(f"Call {number} tokens=5"), max_tokens=100)
    return "5 calls"


def parallel():
    talker = client()

    def call(number):
        answer = talker.chat.completions.create(
            model=MODEL, messages=user(f"Call tokens={20 + number % 30} delay=5"), max_tokens=100
        )
        expect_usage(answer.usage, 20 + number % 30)
        return answer.usage.total_tokens

    with ThreadPoolExecutor(100) as threads:
        return f"{sum(threads.map(call, range(100)))} tokens"


def no_credits():
    with calls() as made:

        def drain():
            for _ in range(10):
                made.clear()
                client(made, api_key=os.environ["POOR_KEY"]).chat.completions.create(
                    model=MODEL, messages=user("Much! tokens=500"), max_tokens=600
                )

        error = expect_error(openai.APIStatusError, drain)
    expect(error.status_code == 402, f"status {error.status_code}")
    expect(error.code in ("credit_balance_exhausted", "request_exceeds_balance"), f"code {error.code}")
    expect("/topup" in str(error), f"no top-up address in: {error}")
    expect(len(made) == 1, f"{len(made)} calls")
    return error.code


def held_credits():
    with calls() as made:
        talker = client(made, api_key=os.environ["HELD_KEY"])
        running = talker.chat.completions.create(
            model=MODEL, messages=user("Slowly tokens=40 delay=30"), max_tokens=2500, stream=True
        )
        next(running)
        made.clear()
        answer = talker.chat.completions.create(model=MODEL, messages=user("Now tokens=20"), max_tokens=1000)
        retries = len(made) - 1
        running.close()
    expect_usage(answer.usage, 20)
    expect(retries >= 1, "not refused first: the credits were not held")
    return f"served after {retries} refusals"


def rate_limit():
    talker = client(api_key=os.environ["LIMITED_KEY"], max_retries=0)

    def ask():
        return talker.chat.completions.create(model=MODEL, messages=user("Quick tokens=5"), max_tokens=20)

    expect_usage(ask().usage, 5)
    error = expect_error(openai.RateLimitError, ask)
    told = error.response.headers
    expect(error.code == "rate_limit_exceeded", f"code {error.code}")
    expect(told.get("x-ratelimit-limit-requests") == "1", "no limit told")
    expect(told.get("x-ratelimit-remaining-requests") == "0", "nothing told of what remains")
    expect(1 <= int(told.get("retry-after", "0")) <= 60, f"retry-after {told.get('retry-after')}")
    return error.type


SCENARIOS = {
    "chat": chat,
    "stream": stream,
    "stream with usage": stream_with_usage,
    "tools": tools,
    "structured output": structured_output,
    "vision": vision,
    "two choices": two_choices,
    "models": models,
    "wrong key": wrong_key,
    "unknown path": unknown_path,
    "unknown model": unknown_model,
    "async": asynchronous,
    "abort, then call": abort,
    "retry after 429": refused("refuse=429x1"),
    "retry after 503": refused("refuse=503x2"),
    "retries used up": refused("refuse=500x9", openai.InternalServerError),
    "bad request": refused("refuse=400x9", openai.BadRequestError),
    "error in a stream": broken_stream("fail=4"),
    "cut stream": broken_stream("break=4"),
    "100 parallel calls": parallel,
    **media.SCENARIOS,
}
if "POOR_KEY" in os.environ:
    SCENARIOS |= {"held credits": held_credits, "rate limit": rate_limit, "no credits": no_credits}

ALONE = {"keep-alive": keep_alive}

for name in sys.argv[1:] or SCENARIOS:
    os.environ["SCENARIO"] = name
    try:
        result = {"scenario": name, "ok": True, "detail": (SCENARIOS | ALONE)[name]()}
    except Exception as problem:
        result = {"scenario": name, "ok": False, "detail": f"{type(problem).__name__}: {problem}"}
    print(json.dumps(result), flush=True)
