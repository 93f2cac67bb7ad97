"""Scenarios beyond chat: completions, embeddings, responses, images, audio, moderation."""

import base64
import json

from common import MODEL, client, expect

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
RECORDING = ("recording.mp3", bytes(32_000), "audio/mpeg")
WEATHER = {
    "type": "function",
    "name": "weather",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


def legacy_completions():
    question = {"model": "gpt-3.5-turbo-instruct", "prompt": "Once tokens=20", "max_tokens": 30}
    whole = client().completions.create(**question)
    chunks = list(client().completions.create(**question, stream=True))
    expect(all(chunk.usage is None for chunk in chunks), "usage that was not asked for")
    text = "".join(chunk.choices[0].text for chunk in chunks)
    expect(text == whole.choices[0].text, f"streamed {text}")
    return f"{whole.usage.total_tokens} tokens, {len(chunks)} chunks: {text}"


def embeddings():
    found = client().embeddings.create(model="text-embedding-3-small", input=["one two", "three"], dimensions=8)
    plain = client().embeddings.create(model="text-embedding-3-small", input=[1, 2, 3], encoding_format="float")
    return f"{[len(one.embedding) for one in found.data]}, {found.usage.total_tokens} and {plain.usage.total_tokens} tokens"


def responses():
    answer = client().responses.create(model=MODEL, input="Hello! tokens=30", max_output_tokens=100, store=False)
    called = client().responses.create(
        model=MODEL, input="Rome? call=weather", max_output_tokens=100, store=False, tools=[WEATHER]
    )
    capped = client().responses.create(model=MODEL, input="Hello! tokens=90", max_output_tokens=16, store=False)
    expect("city" in json.loads(called.output[0].arguments), called.output[0].arguments)
    return (
        f"{answer.usage.total_tokens} tokens: {answer.output_text}; {called.output[0].name}, "
        f"{called.usage.total_tokens} tokens; {capped.status}, {capped.usage.total_tokens} tokens"
    )


def responses_stream():
    events = list(
        client().responses.create(
            model=MODEL, input="Hello! tokens=30", max_output_tokens=100, store=False, stream=True
        )
    )
    kinds = list(dict.fromkeys(event.type for event in events))
    return f"{events[-1].response.usage.total_tokens} tokens, {len(events)} events: {kinds}"


def failed_response():
    events = list(
        client().responses.create(model=MODEL, input="tokens=30 fail=5", max_output_tokens=100, store=False, stream=True)
    )
    last = events[-1]
    return f"{last.type}, {last.response.error.code}, {last.response.usage.total_tokens} tokens"


def compaction():
    compacted = client().responses.compact(model=MODEL, input="A long talk about the weather in Rome")
    return f"{[item.type for item in compacted.output]}, {compacted.usage.total_tokens} tokens"


def images():
    made = client().images.generate(model="gpt-image-1", prompt="A cat tokens=50", size="1024x1024", quality="low")
    expect(base64.b64decode(made.data[0].b64_json).startswith(b"\x89PNG"), "not a PNG")
    edited = client().images.edit(
        model="gpt-image-1", prompt="A hat tokens=50", image=("cat.png", base64.b64decode(PIXEL), "image/png")
    )
    events = list(
        client().images.generate(
            model="gpt-image-1", prompt="A dog tokens=50", size="1024x1024", quality="low", stream=True, partial_images=1
        )
    )
    return (
        f"{made.usage.total_tokens}, {edited.usage.total_tokens}, {events[-1].usage.total_tokens} tokens, "
        f"{[event.type for event in events]}"
    )


def edited_image_stream():
    events = list(
        client().images.edit(
            model="gpt-image-1",
            prompt="A hat tokens=50",
            image=("cat.png", base64.b64decode(PIXEL), "image/png"),
            stream=True,
            partial_images=1,
        )
    )
    return f"{events[-1].usage.total_tokens} tokens, {[event.type for event in events]}"


def images_by_the_piece():
    made = client().images.generate(model="dall-e-3", prompt="A cat", size="1024x1024")
    varied = client().images.create_variation(image=("cat.png", base64.b64decode(PIXEL), "image/png"), n=2)
    expect(made.data[0].url.startswith("https://"), made.data[0].url)
    return f"{len(made.data)} and {len(varied.data)} images"


def speech():
    with client().audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input="Say this tokens=30"
    ) as answer:
        return f"{len(answer.read())} bytes of {answer.headers['content-type']}"


def speech_stream():
    with client().audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="alloy", input="Say this tokens=30", stream_format="sse"
    ) as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    return f"{events[-1]['usage']['total_tokens']} tokens, {len(events)} events, {events[-1]['type']}"


def translation():
    return client().audio.translations.create(model="whisper-1", file=RECORDING, prompt="tokens=12").text


def long_recording():
    heard = client().audio.transcriptions.create(model="whisper-1", file=("long.mp3", bytes(2_000_000), "audio/mpeg"))
    return f"{heard.usage.seconds} seconds"


def transcription():
    text = client().audio.transcriptions.create(model="gpt-4o-transcribe", file=RECORDING, prompt="tokens=12")
    seconds = client().audio.transcriptions.create(
        model="whisper-1", file=RECORDING, prompt="tokens=12", response_format="verbose_json"
    )
    events = list(
        client().audio.transcriptions.create(
            model="gpt-4o-transcribe", file=RECORDING, prompt="tokens=12", stream=True
        )
    )
    return (
        f"{text.usage.total_tokens} tokens: {text.text}; {seconds.usage.seconds} seconds; "
        f"{len(events)} events, {events[-1].usage.total_tokens} tokens"
    )


def moderation():
    results = client().moderations.create(model="omni-moderation-latest", input=["peace", "flag=violence"]).results
    return f"{[one.flagged for one in results]}"


SCENARIOS = {
    "legacy completions": legacy_completions,
    "embeddings": embeddings,
    "responses": responses,
    "responses stream": responses_stream,
    "failed response": failed_response,
    "compaction": compaction,
    "images": images,
    "edited image stream": edited_image_stream,
    "images by the piece": images_by_the_piece,
    "speech": speech,
    "speech stream": speech_stream,
    "translation": translation,
    "long recording": long_recording,
    "transcription": transcription,
    "moderation": moderation,
}
