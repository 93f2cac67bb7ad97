// What the scenarios share.

import OpenAI from 'openai';

export const model = 'gpt-4o-mini';
export const user = (content) => [{ role: 'user', content }];
let current = '';

/** Names the scenario whose requests follow. */
export function begin(scenario) {
  current = scenario;
}

export function client(options = {}) {
  return new OpenAI({ defaultHeaders: { 'x-client-request-id': `node/${current}` }, ...options });
}

/** A client that counts the HTTP requests it makes. */
export function countingClient(options = {}) {
  const made = { calls: 0 };
  made.client = client({
    fetch: (...request) => {
      made.calls += 1;
      return fetch(...request);
    },
    ...options,
  });
  return made;
}

export function expect(truth, otherwise) {
  if (!truth) throw new Error(otherwise);
}

export function expectUsage(usage, outputTokens) {
  expect(usage, 'no usage');
  const total = usage.prompt_tokens + usage.completion_tokens;
  expect(usage.total_tokens === total, `total ${usage.total_tokens}, in + out ${total}`);
  expect(usage.completion_tokens === outputTokens, `${usage.completion_tokens} tokens out, not ${outputTokens}`);
}

/** The error that the call raises, which must be exactly of this class. */
export async function expectError(kind, call) {
  try {
    await call();
  } catch (error) {
    expect(error.constructor === kind, `raised ${error.constructor.name}, not ${kind.name}: ${error.message}`);
    return error;
  }
  throw new Error(`raised nothing, not ${kind.name}`);
}

export async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
