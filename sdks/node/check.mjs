// An ordinary program of the official Node SDK: base URL and key come from the environment.
// Prints one JSON line per scenario: {"scenario", "ok", "detail"}.

import OpenAI from 'openai';

const model = 'gpt-4o-mini';
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

const user = (content) => [{ role: 'user', content }];

function expect(truth, otherwise) {
  if (!truth) throw new Error(otherwise);
}

function expectUsage(usage, outputTokens) {
  expect(usage, 'no usage');
  const total = usage.prompt_tokens + usage.completion_tokens;
  expect(usage.total_tokens === total, `total ${usage.total_tokens}, in + out ${total}`);
  expect(usage.completion_tokens === outputTokens, `${usage.completion_tokens} tokens out, not ${outputTokens}`);
}

/** The error that the call raises, which must be exactly of this class. */
async function expectError(kind, call) {
  try {
    await call();
  } catch (error) {
    expect(error.constructor === kind, `raised ${error.constructor.name}, not ${kind.name}: ${error.message}`);
    return error;
  }
  throw new Error(`raised nothing, not ${kind.name}`);
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

async function chat() {
  const answer = await new OpenAI().chat.completions.create({ model, messages: user('Hello! tokens=40') });
  expect(answer.choices[0].message.content, 'empty content');
  expectUsage(answer.usage, 40);
  return `${answer.usage.total_tokens} tokens`;
}

async function stream() {
  const chunks = await collect(
    await new OpenAI().chat.completions.create({
      model,
      messages: user('Hello! tokens=40'),
      max_tokens: 100,
      stream: true,
    }),
  );
  expect(chunks.length > 2, `only ${chunks.length} chunks`);
  expect(
    chunks.every((chunk) => !chunk.usage),
    'usage that was not asked for',
  );
  expect(
    chunks.every((chunk) => chunk.choices.length > 0),
    'a chunk without choices',
  );
  expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join(''), 'empty content');
  return `${chunks.length} chunks`;
}

async function streamWithUsage() {
  const chunks = await collect(
    await new OpenAI().chat.completions.create({
      model,
      messages: user('Hello! tokens=40'),
      max_tokens: 100,
      stream: true,
      stream_options: { include_usage: true },
    }),
  );
  const last = chunks.pop();
  expectUsage(last.usage, 40);
  expect(
    chunks.every((chunk) => !chunk.usage),
    'usage before the last chunk',
  );
  return `${last.usage.total_tokens} tokens`;
}

async function toolsAndTwoChoices() {
  const answer = await new OpenAI().chat.completions.create({
    model,
    messages: user('Weather in Rome? tokens=40'),
    max_tokens: 100,
    n: 2,
    tools: [weather],
  });
  expect(answer.choices.length === 2, `${answer.choices.length} choices`);
  expectUsage(answer.usage, 80);
  return `${answer.usage.total_tokens} tokens`;
}

async function models() {
  const listed = await collect(new OpenAI().models.list());
  expect(listed.length > 0 && listed.every((one) => one.id), 'no models, or one without a name');
  return `${listed.length} models`;
}

async function wrongKey() {
  const client = new OpenAI({ apiKey: 'sk-wrong' });
  const error = await expectError(OpenAI.AuthenticationError, () =>
    client.chat.completions.create({ model, messages: user('Hello!'), max_tokens: 100 }),
  );
  expect(error.code === 'invalid_api_key', `code ${error.code}`);
  // The SDK does not tell how often it called; it repeats a 401 only when this header says so.
  expect(error.headers.get('x-should-retry') !== 'true', 'told to retry');
  return error.code;
}

async function unknownPath() {
  const error = await expectError(OpenAI.NotFoundError, () => new OpenAI().get('/no/such/path'));
  expect(error.error?.message, "no message in OpenAI's form");
  return 'NotFoundError';
}

async function unknownModel() {
  const error = await expectError(OpenAI.NotFoundError, () =>
    new OpenAI().chat.completions.create({ model: 'no-such-model', messages: user('Hello!'), max_tokens: 100 }),
  );
  expect(error.code === 'model_not_found', `code ${error.code}`);
  return error.code;
}

async function abort() {
  const client = new OpenAI();
  const chunks = await client.chat.completions.create({
    model,
    messages: user('Hello! tokens=200 delay=50'),
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
  const answer = await client.chat.completions.create({ model, messages: user('Again! tokens=40'), max_tokens: 100 });
  expectUsage(answer.usage, 40);
  return 'answered after the abort';
}

async function parallel() {
  const client = new OpenAI();
  const numbers = Array.from({ length: 20 }, (_, number) => number);
  const answers = await Promise.all(
    numbers.map((number) =>
      client.chat.completions.create({
        model,
        messages: user(`Call tokens=${20 + number} delay=5`),
        max_tokens: 100,
      }),
    ),
  );
  answers.forEach((answer, number) => expectUsage(answer.usage, 20 + number));
  return `${answers.length} answers`;
}

async function noCredits() {
  let calls = 0;
  const client = new OpenAI({
    fetch: (...request) => {
      calls += 1;
      return fetch(...request);
    },
  });
  const error = await expectError(OpenAI.APIError, async () => {
    for (let call = 0; call < 10; call += 1) {
      calls = 0;
      await client.chat.completions.create({ model, messages: user('Much! tokens=5000'), max_tokens: 6000 });
    }
  });
  expect(error.status === 402, `status ${error.status}`);
  expect(['credit_balance_exhausted', 'request_exceeds_balance'].includes(error.code), `code ${error.code}`);
  expect(error.message.includes('/topup'), `no top-up address in: ${error.message}`);
  expect(calls === 1, `${calls} calls`);
  return error.code;
}

const scenarios = {
  chat,
  stream,
  'stream with usage': streamWithUsage,
  'tools, two choices': toolsAndTwoChoices,
  models,
  'wrong key': wrongKey,
  'unknown path': unknownPath,
  'unknown model': unknownModel,
  'abort, then call': abort,
  '20 parallel calls': parallel,
  'no credits': noCredits,
};

for (const [scenario, run] of Object.entries(scenarios)) {
  let result;
  try {
    result = { scenario, ok: true, detail: await run() };
  } catch (error) {
    result = { scenario, ok: false, detail: `${error.constructor.name}: ${error.message}` };
  }
  console.log(JSON.stringify(result));
}
