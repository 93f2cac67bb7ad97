// An ordinary program of the official Node SDK: base URL and keys come from the environment.
// Prints one JSON line per scenario, {"scenario", "ok", "detail"}, where the detail is what the SDK's user sees.
// Arguments name the scenarios; without any, all run but those that need a key which is not there.

import OpenAI from 'openai';

import { begin, client, collect, countingClient, expect, expectError, expectUsage, model, user } from './common.mjs';
import { mediaScenarios, pixel } from './media.mjs';

const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'array', items: { type: 'integer' } } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const { POOR_KEY, HELD_KEY, LIMITED_KEY, BROKEN_KEY, OPENAI_API_KEY } = process.env;

const ask = (text, more = {}) =>
  client().chat.completions.create({ model, messages: user(text), max_tokens: 100, ...more });
const content = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

async function chat() {
  const answer = await client().chat.completions.create({ model, messages: user('Hello! tokens=40') });
  expectUsage(answer.usage, 40);
  const [choice] = answer.choices;
  return `${answer.usage.total_tokens} tokens, ${choice.finish_reason}: ${choice.message.content}`;
}

async function stream() {
  const chunks = await collect(await ask('Hello! tokens=40', { stream: true }));
  expect(
    chunks.every((chunk) => !chunk.usage),
    'usage that was not asked for',
  );
  expect(
    chunks.every((chunk) => chunk.choices.length > 0),
    'a chunk without choices',
  );
  return `${chunks.length} chunks: ${content(chunks)}`;
}

async function streamWithUsage() {
  const chunks = await collect(
    await ask('Hello! tokens=40', { stream: true, stream_options: { include_usage: true } }),
  );
  const last = chunks.pop();
  expectUsage(last.usage, 40);
  expect(
    chunks.every((chunk) => !chunk.usage),
    'usage before the last chunk',
  );
  return `${last.usage.total_tokens} tokens, ${chunks.length} chunks before`;
}

async function tools() {
  const answer = await ask('Rome? call=weather', { tools: [weather] });
  const call = answer.choices[0].message.tool_calls[0].function;
  expect('city' in JSON.parse(call.arguments), call.arguments);
  const chunks = await collect(await ask('Rome? call=weather', { tools: [weather], stream: true }));
  const streamed = chunks.map((chunk) => chunk.choices[0].delta.tool_calls?.[0].function.arguments ?? '').join('');
  expect(streamed === call.arguments, `streamed ${streamed}`);
  return `${answer.choices[0].finish_reason} ${call.name} ${call.arguments}, ${answer.usage.total_tokens} tokens`;
}

async function structuredOutput() {
  const answer = await ask('Plan', {
    response_format: { type: 'json_schema', json_schema: { name: 'plan', strict: true, schema } },
  });
  const plan = JSON.parse(answer.choices[0].message.content);
  expect('city' in plan && 'days' in plan, answer.choices[0].message.content);
  return `${JSON.stringify(plan)}, ${answer.usage.total_tokens} tokens`;
}

async function vision() {
  const answer = await ask([
    { type: 'text', text: 'What? tokens=20' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
  ]);
  expect(answer.usage.prompt_tokens > 85, `${answer.usage.prompt_tokens} tokens in: the image was not counted`);
  return `${answer.usage.total_tokens} tokens`;
}

async function twoChoices() {
  const answer = await ask('Twice tokens=20', { n: 2, logprobs: true });
  expectUsage(answer.usage, 40);
  expect(answer.choices[1].logprobs.content.length === 20, 'logprobs are missing');
  return `${answer.choices.length} choices, ${answer.usage.total_tokens} tokens`;
}

async function models() {
  const names = (await collect(client().models.list())).map((one) => one.id);
  return `${(await client().models.retrieve(names[0])).id} of ${names}`;
}

async function wrongKey() {
  const made = countingClient({ apiKey: 'sk-wrong' });
  const error = await expectError(OpenAI.AuthenticationError, () =>
    made.client.chat.completions.create({ model, messages: user('Hello!') }),
  );
  return `${error.code}, ${error.type}, ${made.calls} call`;
}

async function unknownPath() {
  const error = await expectError(OpenAI.NotFoundError, () => client().get('/no/such/path'));
  expect(error.error?.message, "no message in OpenAI's form");
  return 'NotFoundError with a message';
}

async function unknownModel() {
  const error = await expectError(OpenAI.NotFoundError, () => ask('Hello!', { model: 'no-such-model' }));
  return `${error.code}: ${error.error.message}`;
}

async function abort() {
  const talker = client();
  const chunks = await talker.chat.completions.create({
    model,
    messages: user('Hello! tokens=60 delay=20'),
    max_tokens: 300,
    stream: true,
  });
  let seen = 0;
  for await (const chunk of chunks) {
    expect(chunk.id, 'a chunk without an id');
    seen += 1;
    // Leaving the loop makes the SDK abort the request.
    if (seen === 3) break;
  }
  expect(seen === 3, `the stream ended after ${seen} chunks`);
  const answer = await talker.chat.completions.create({ model, messages: user('Again! tokens=40'), max_tokens: 100 });
  expectUsage(answer.usage, 40);
  return 'answered after the abort';
}

/** A call whose first attempts the provider refuses: answered after retries, or the error of this class. */
const refused = (order, kind) => async () => {
  const made = countingClient();
  const call = () =>
    made.client.chat.completions.create({ model, messages: user(`Please ${order} tokens=20`), max_tokens: 100 });
  if (!kind) {
    const answer = await call();
    return `${answer.usage.total_tokens} tokens, ${made.calls} calls`;
  }
  const error = await expectError(kind, call);
  return `${kind.name}, ${error.type}, ${error.code}, ${made.calls} calls`;
};

const brokenStream = (order) => async () => {
  let seen = 0;
  try {
    const stream = await client({ apiKey: BROKEN_KEY ?? OPENAI_API_KEY }).chat.completions.create({
      model,
      messages: user(`Please ${order} tokens=20 delay=5`),
      max_tokens: 100,
      stream: true,
    });
    for await (const chunk of stream) seen += chunk.id ? 1 : 0;
  } catch (error) {
    return `${error.constructor.name} after ${seen} chunks`;
  }
  throw new Error(`nothing raised after ${seen} chunks`);
};

async function keepAlive() {
  const talker = client();
  for (let number = 0; number < 5; number += 1) {
    await talker.chat.completions.create({ model, messages: user(`Call ${number} tokens=5`), max_tokens: 100 });
  }
  return '5 calls';
}

async function parallel() {
  const talker = client();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, number) =>
      talker.chat.completions.create({
        model,
        messages: user(`Call tokens=${20 + (number % 30)} delay=5`),
        max_tokens: 100,
      }),
    ),
  );
  answers.forEach((answer, number) => expectUsage(answer.usage, 20 + (number % 30)));
  return `${answers.reduce((sum, answer) => sum + answer.usage.total_tokens, 0)} tokens`;
}

async function noCredits() {
  const made = countingClient({ apiKey: POOR_KEY });
  const error = await expectError(OpenAI.APIError, async () => {
    for (let call = 0; call < 10; call += 1) {
      made.calls = 0;
      await made.client.chat.completions.create({ model, messages: user('Much! tokens=500'), max_tokens: 600 });
    }
  });
  expect(error.status === 402, `status ${error.status}`);
  expect(['credit_balance_exhausted', 'request_exceeds_balance'].includes(error.code), `code ${error.code}`);
  expect(error.message.includes('/topup'), `no top-up address in: ${error.message}`);
  expect(made.calls === 1, `${made.calls} calls`);
  return error.code;
}

async function heldCredits() {
  const made = countingClient({ apiKey: HELD_KEY });
  const running = await made.client.chat.completions.create({
    model,
    messages: user('Slowly tokens=40 delay=30'),
    max_tokens: 2500,
    stream: true,
  });
  made.calls = 0;
  const answer = await made.client.chat.completions.create({
    model,
    messages: user('Now tokens=20'),
    max_tokens: 1000,
  });
  expectUsage(answer.usage, 20);
  expect(made.calls > 1, 'not refused first: the credits were not held');
  await collect(running);
  return `served after ${made.calls - 1} refusals`;
}

async function rateLimit() {
  const talker = client({ apiKey: LIMITED_KEY, maxRetries: 0 });
  const ask = () => talker.chat.completions.create({ model, messages: user('Quick tokens=5'), max_tokens: 20 });
  expectUsage((await ask()).usage, 5);
  const error = await expectError(OpenAI.RateLimitError, ask);
  expect(error.code === 'rate_limit_exceeded', `code ${error.code}`);
  expect(error.headers.get('x-ratelimit-limit-requests') === '1', 'no limit told');
  expect(error.headers.get('x-ratelimit-remaining-requests') === '0', 'nothing told of what remains');
  const wait = Number(error.headers.get('retry-after'));
  expect(wait >= 1 && wait <= 60, `retry-after ${wait}`);
  return error.type;
}

const scenarios = {
  chat,
  stream,
  'stream with usage': streamWithUsage,
  tools,
  'structured output': structuredOutput,
  vision,
  'two choices': twoChoices,
  models,
  'wrong key': wrongKey,
  'unknown path': unknownPath,
  'unknown model': unknownModel,
  'abort, then call': abort,
  'retry after 429': refused('refuse=429x1'),
  'retry after 503': refused('refuse=503x2'),
  'retries used up': refused('refuse=500x9', OpenAI.InternalServerError),
  'bad request': refused('refuse=400x9', OpenAI.BadRequestError),
  'error in a stream': brokenStream('fail=4'),
  'cut stream': brokenStream('break=4'),
  '100 parallel calls': parallel,
  ...mediaScenarios,
};
if (POOR_KEY) Object.assign(scenarios, { 'held credits': heldCredits, 'rate limit': rateLimit, 'no credits': noCredits });

const named = process.argv.slice(2);
for (const scenario of named.length > 0 ? named : Object.keys(scenarios)) {
  begin(scenario);
  let result;
  try {
    result = { scenario, ok: true, detail: await { ...scenarios, 'keep-alive': keepAlive }[scenario]() };
  } catch (error) {
    result = { scenario, ok: false, detail: `${error.constructor.name}: ${error.message}` };
  }
  console.log(JSON.stringify(result));
}
