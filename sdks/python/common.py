"""What the scenarios share."""

import os
from contextlib import contextmanager

import openai
from openai import DefaultHttpxClient, OpenAI

MODEL = "gpt-4o-mini"


def user(text):
    return [{"role": "user", "content": text}]


@contextmanager
def calls():
    """A list that a client fills with the HTTP requests it makes."""
    yield []


def client(made=None, **options):
    if made is not None:
        options["http_client"] = DefaultHttpxClient(event_hooks={"request": [made.append]})
    return OpenAI(default_headers={"x-client-request-id": "python/" + os.environ["SCENARIO"]}, **options)


def expect(truth, otherwise):
    if not truth:
        raise AssertionError(otherwise)


def expect_usage(usage, output_tokens):
    expect(usage is not None, "no usage")
    total = usage.prompt_tokens + usage.completion_tokens
    expect(usage.total_tokens == total, f"total {usage.total_tokens}, in + out {total}")
    expect(usage.completion_tokens == output_tokens, f"{usage.completion_tokens} tokens out, not {output_tokens}")


def expect_error(kind, call):
    """The error that the call raises, which must be exactly of this class."""
    try:
        call()
    except openai.OpenAIError as error:
        expect(type(error) is kind, f"raised {type(error).__name__}, not {kind.__name__}: {error}")
        return error
    raise AssertionError(f"raised nothing, not {kind.__name__}")
