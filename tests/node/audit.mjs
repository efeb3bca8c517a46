// Runs every server audit of npm `graphql-http` (the specification "GraphQL over HTTP") against a server.
//
//   node audit.mjs http://127.0.0.1:8080
//
// FLORIN_TOKEN, if set, is sent as a Bearer token. One line per audit; exit 1 if any is not "ok".

import { serverAudits } from 'graphql-http';

const base = process.argv[2];
if (!base) {
  console.error('usage: node audit.mjs BASE_URL');
  process.exit(2);
}
const url = new URL('/graphql', base).toString();
const token = process.env.FLORIN_TOKEN;

function fetchFn(target, init = {}) {
  const headers = new Headers(init.headers);
  headers.set('x-florin-client', 'audit');
  if (token) headers.set('authorization', `Bearer ${token}`);
  return fetch(target, { ...init, headers, signal: AbortSignal.timeout(10_000) });
}

const counts = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const audit of serverAudits({ url, fetchFn })) {
  let result;
  try {
    result = await audit.fn();
  } catch (error) {
    result = { status: 'error', reason: String(error?.cause ?? error) };
  }
  counts[result.status] += 1;
  const reason = result.reason ? `: ${result.reason}` : '';
  console.log(`${result.status.padEnd(6)} ${audit.id} ${audit.name}${reason}`);
}

const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
console.log(`${counts.ok} of ${total} ok, ${counts.notice} notices, ${counts.warn} warnings, ${counts.error} errors`);
process.exit(total > 0 && counts.ok === total ? 0 : 1);
