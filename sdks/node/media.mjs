// Scenarios beyond chat: completions, embeddings, responses, images, audio, moderation.

import { toFile } from 'openai';

import { client, collect, expect, model } from './common.mjs';

export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const recording = () => toFile(Buffer.alloc(32_000), 'recording.mp3', { type: 'audio/mpeg' });
const weather = {
  type: 'function',
  name: 'weather',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};

async function legacyCompletions() {
  const question = { model: 'gpt-3.5-turbo-instruct', prompt: 'Once tokens=20', max_tokens: 30 };
  const whole = await client().completions.create(question);
  const chunks = await collect(await client().completions.create({ ...question, stream: true }));
  expect(
    chunks.every((chunk) => !chunk.usage),
    'usage that was not asked for',
  );
  const text = chunks.map((chunk) => chunk.choices[0].text).join('');
  expect(text === whole.choices[0].text, `streamed ${text}`);
  return `${whole.usage.total_tokens} tokens, ${chunks.length} chunks: ${text}`;
}

async function embeddings() {
  const found = await client().embeddings.create({
    model: 'text-embedding-3-small',
    input: ['one two', 'three'],
    dimensions: 8,
  });
  const plain = await client().embeddings.create({
    model: 'text-embedding-3-small',
    input: [1, 2, 3],
    encoding_format: 'float',
  });
  const lengths = found.data.map((one) => one.embedding.length);
  return `${lengths}, ${found.usage.total_tokens} and ${plain.usage.total_tokens} tokens`;
}

const question = { model, max_output_tokens: 100, store: false };

async function responses() {
  const answer = await client().responses.create({ ...question, input: 'Hello! tokens=30' });
  const called = await client().responses.create({ ...question, input: 'Rome? call=weather', tools: [weather] });
  const capped = await client().responses.create({ ...question, input: 'Hello! tokens=90', max_output_tokens: 16 });
  expect('city' in JSON.parse(called.output[0].arguments), called.output[0].arguments);
  return (
    `${answer.usage.total_tokens} tokens: ${answer.output_text}; ${called.output[0].name}, ` +
    `${called.usage.total_tokens} tokens; ${capped.status}, ${capped.usage.total_tokens} tokens`
  );
}

async function responsesStream() {
  const events = await collect(
    await client().responses.create({ ...question, input: 'Hello! tokens=30', stream: true }),
  );
  const kinds = [...new Set(events.map((event) => event.type))];
  return `${events.at(-1).response.usage.total_tokens} tokens, ${events.length} events: ${kinds}`;
}

async function failedResponse() {
  const events = await collect(
    await client().responses.create({ ...question, input: 'tokens=30 fail=5', stream: true }),
  );
  const last = events.at(-1);
  return `${last.type}, ${last.response.error.code}, ${last.response.usage.total_tokens} tokens`;
}

async function compaction() {
  const compacted = await client().responses.compact({ model, input: 'A long talk about the weather in Rome' });
  return `${compacted.output.map((item) => item.type)}, ${compacted.usage.total_tokens} tokens`;
}

const cat = () => toFile(Buffer.from(pixel, 'base64'), 'cat.png', { type: 'image/png' });

async function editedImageStream() {
  const events = await collect(
    await client().images.edit({
      model: 'gpt-image-1',
      prompt: 'A hat tokens=50',
      image: await cat(),
      stream: true,
      partial_images: 1,
    }),
  );
  return `${events.at(-1).usage.total_tokens} tokens, ${events.map((event) => event.type)}`;
}

async function imagesByThePiece() {
  const made = await client().images.generate({ model: 'dall-e-3', prompt: 'A cat', size: '1024x1024' });
  const varied = await client().images.createVariation({ image: await cat(), n: 2 });
  expect(made.data[0].url.startsWith('https://'), made.data[0].url);
  return `${made.data.length} and ${varied.data.length} images`;
}

async function images() {
  const wish = { model: 'gpt-image-1', size: '1024x1024', quality: 'low' };
  const made = await client().images.generate({ ...wish, prompt: 'A cat tokens=50' });
  expect(Buffer.from(made.data[0].b64_json, 'base64').subarray(1, 4).toString() === 'PNG', 'not a PNG');
  const edited = await client().images.edit({
    model: 'gpt-image-1',
    prompt: 'A hat tokens=50',
    image: await toFile(Buffer.from(pixel, 'base64'), 'cat.png', { type: 'image/png' }),
  });
  const events = await collect(
    await client().images.generate({ ...wish, prompt: 'A dog tokens=50', stream: true, partial_images: 1 }),
  );
  const kinds = events.map((event) => event.type);
  const totals = [made, edited, events.at(-1)].map((one) => one.usage.total_tokens);
  return `${totals} tokens, ${kinds}`;
}

async function speech() {
  const answer = await client().audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Say this tokens=30' });
  const audio = await answer.arrayBuffer();
  return `${audio.byteLength} bytes of ${answer.headers.get('content-type')}`;
}

async function speechStream() {
  const answer = await client().audio.speech.create({
    model: 'gpt-4o-mini-tts',
    voice: 'alloy',
    input: 'Say this tokens=30',
    stream_format: 'sse',
  });
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('data: '));
  const last = JSON.parse(lines.at(-1).slice(6));
  return `${last.usage.total_tokens} tokens, ${lines.length} events, ${last.type}`;
}

async function translation() {
  const wish = { model: 'whisper-1', file: await recording(), prompt: 'tokens=12' };
  return (await client().audio.translations.create(wish)).text;
}

async function longRecording() {
  const file = await toFile(Buffer.alloc(2_000_000), 'long.mp3', { type: 'audio/mpeg' });
  const heard = await client().audio.transcriptions.create({ file, model: 'whisper-1' });
  return `${heard.usage.seconds} seconds`;
}

async function transcription() {
  const wish = { prompt: 'tokens=12' };
  const text = await client().audio.transcriptions.create({
    ...wish,
    model: 'gpt-4o-transcribe',
    file: await recording(),
  });
  const seconds = await client().audio.transcriptions.create({
    ...wish,
    model: 'whisper-1',
    file: await recording(),
    response_format: 'verbose_json',
  });
  const events = await collect(
    await client().audio.transcriptions.create({
      ...wish,
      model: 'gpt-4o-transcribe',
      file: await recording(),
      stream: true,
    }),
  );
  return (
    `${text.usage.total_tokens} tokens: ${text.text}; ${seconds.usage.seconds} seconds; ` +
    `${events.length} events, ${events.at(-1).usage.total_tokens} tokens`
  );
}

async function moderation() {
  const { results } = await client().moderations.create({
    model: 'omni-moderation-latest',
    input: ['peace', 'flag=violence'],
  });
  return `${results.map((one) => one.flagged)}`;
}

export const mediaScenarios = {
  'legacy completions': legacyCompletions,
  embeddings,
  responses,
  'responses stream': responsesStream,
  'failed response': failedResponse,
  compaction,
  images,
  'edited image stream': editedImageStream,
  'images by the piece': imagesByThePiece,
  speech,
  'speech stream': speechStream,
  translation,
  'long recording': longRecording,
  transcription,
  moderation,
};
