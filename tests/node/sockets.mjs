// Checks the sub-protocol `graphql-transport-ws` of a server: every close code, and the ordinary life of
// queries, mutations and subscriptions, with npm `ws` and the reference client `graphql-ws`.
//
//   FLORIN_TOKEN=… node sockets.mjs http://127.0.0.1:8080
//
// Required:  FLORIN_TOKEN            an access token
// Optional:  FLORIN_PUBLIC_URL       the server's public URL, if it is not the base URL
//            FLORIN_INIT_TIMEOUT_MS  how long the server waits for connection_init (10000)
//            FLORIN_OPERATIONS       operations at once on one socket (100)
//            FLORIN_BODY_BYTES       longest message (1048576)
//            FLORIN_SUBSCRIPTION     a subscription that stays open; else one is found by introspection
//            FLORIN_COOKIE           a cookie that signs in; checks that it does so from the own origin only
//            FLORIN_KEEPALIVE_MS     milliseconds between pings; checks them and the missing pong
//            FLORIN_FLOOD            a subscription that sends without end; checks the slow reader
//            FLORIN_SEND_TIMEOUT_MS  how long a message may take to leave (10000), for FLORIN_FLOOD
//            FLORIN_SOCKETS          sockets at once in the server; checks that one more is refused
//            FLORIN_REVOKE           a mutation that ends the token; checks that its sockets close
//            FLORIN_STOP_PID         a process to send SIGTERM at the end; checks that sockets close
//
// One line per check; exit 1 if any failed.

import { createClient } from 'graphql-ws';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

const base = process.argv[2];
const env = process.env;
const token = env.FLORIN_TOKEN;
if (!base || !token) {
  console.error('usage: FLORIN_TOKEN=… node sockets.mjs BASE_URL');
  process.exit(2);
}
const httpUrl = new URL('/graphql', base).toString();
const wsUrl = httpUrl.replace(/^http/, 'ws');
const ownOrigin = new URL(env.FLORIN_PUBLIC_URL ?? base).origin;
const number = (name, otherwise) => Number(env[name] ?? otherwise);
const initTimeout = number('FLORIN_INIT_TIMEOUT_MS', 10_000);
const PROTOCOL = 'graphql-transport-ws';
const PATIENCE = 5_000;

// ---- a socket with a memory -------------------------------------------------------------------------

class Socket {
  constructor(protocols = PROTOCOL, options = {}) {
    this.messages = [];
    this.pings = 0;
    this.pongs = 0;
    this.wakers = new Set();
    this.ws = new WebSocket(wsUrl, protocols, options);
    const on = (event, handle) => this.ws.on(event, (...args) => (handle(...args), this.wake()));
    on('open', () => (this.opened = true));
    on('message', (data) => this.messages.push(JSON.parse(String(data))));
    on('ping', () => (this.pings += 1));
    on('pong', () => (this.pongs += 1));
    on('close', (code, reason) => (this.closed ??= { code, reason: String(reason) }));
    on('unexpected-response', (_request, response) => {
      response.resume();
      this.closed = { status: response.statusCode };
    });
    on('error', (error) => (this.failure ??= error));
  }
  wake() {
    for (const waker of this.wakers) waker();
  }
  async until(what, condition, patience = PATIENCE) {
    const deadline = Date.now() + patience;
    for (;;) {
      const found = condition();
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no ${what} in ${patience} ms; closed: ${JSON.stringify(this.closed)}; last: ${JSON.stringify(this.messages.slice(-3)).slice(0, 500)}`);
      let waker;
      await Promise.race([new Promise((resolve) => this.wakers.add((waker = resolve))), sleep(Math.min(left, 250))]);
      this.wakers.delete(waker);
    }
  }
  async open() {
    await this.until('open socket', () => this.opened);
    return this;
  }
  async ready(authorization = `Bearer ${token}`) {
    await this.open();
    this.send({ type: 'connection_init', payload: { authorization } });
    await this.message('connection_ack');
    return this;
  }
  send(message) {
    this.ws.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }
  subscribe(id, query, more = {}) {
    this.send({ id, type: 'subscribe', payload: { query, ...more } });
  }
  /** Takes the first message of the type (and id) out of the memory. */
  message(type, id, patience) {
    return this.until(`${type} ${id ?? ''}`, () => {
      const index = this.messages.findIndex((one) => one.type === type && (id === undefined || one.id === id));
      return index < 0 ? undefined : this.messages.splice(index, 1)[0];
    }, patience);
  }
  async close(patience) {
    return this.until('close', () => this.closed, patience);
  }
  async expectClose(code, reason, patience) {
    const closed = await this.close(patience);
    equal(closed.code ?? closed.status, code, `close code (${JSON.stringify(closed)})`);
    if (reason !== undefined) equal(closed.reason, reason, 'close reason');
  }
  end() {
    this.ws.on('error', () => {});
    this.ws.terminate();
  }
}

function equal(actual, expected, what) {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${what}: expected ${e}, got ${a}`);
}
function ok(condition, what) {
  if (!condition) throw new Error(what);
}

async function post(query, authorization = `Bearer ${token}`) {
  const response = await fetch(httpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-florin-client': 'sockets', authorization },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

/** A subscription without required arguments, of whatever schema is there. */
async function findSubscription() {
  const answer = await post(`{ __schema { subscriptionType { fields { name
    args { defaultValue type { kind } }
    type { kind ofType { kind ofType { kind ofType { kind } } } } } } } }`);
  const fields = answer.data?.__schema?.subscriptionType?.fields ?? [];
  const field = fields.find((one) => one.args.every((arg) => arg.type.kind !== 'NON_NULL' || arg.defaultValue !== null));
  ok(field, `no subscription without arguments in the schema: ${JSON.stringify(answer).slice(0, 300)}`);
  let type = field.type;
  while (type.ofType) type = type.ofType;
  const composite = ['OBJECT', 'INTERFACE', 'UNION'].includes(type.kind);
  return `subscription { ${field.name}${composite ? ' { __typename }' : ''} }`;
}

/** Upgrades by hand and reads the close frame, since `ws` hides it where no sub-protocol was agreed. */
function rawClose(protocol) {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16, 7).toString('base64'),
      ...(protocol ? { 'sec-websocket-protocol': protocol } : {}),
    };
    const request = http.get(httpUrl, { headers, timeout: PATIENCE });
    request.on('upgrade', (response, socket, head) => {
      let data = head;
      const look = () => {
        if (data.length < 4) return;
        socket.destroy();
        resolve({ opcode: data[0] & 15, code: data.readUInt16BE(2), protocol: response.headers['sec-websocket-protocol'] });
      };
      socket.on('data', (chunk) => ((data = Buffer.concat([data, chunk])), look()));
      socket.on('error', reject);
      look();
    });
    request.on('response', (response) => resolve({ status: response.statusCode }));
    request.on('timeout', () => reject(new Error('no close frame')));
    request.on('error', reject);
  });
}

// ---- the checks -------------------------------------------------------------------------------------

const checks = [];
const check = (name, run) => checks.push({ name, run });
/** A check that needs something from the environment. */
const checkIf = (condition, name, run) => condition && check(name, run);
let subscription;

check('no sub-protocol closes with 4406', async () => equal((await rawClose()).code, 4406, 'code'));
check('another sub-protocol closes with 4406', async () => {
  const closed = await rawClose('graphql-ws');
  equal([closed.opcode, closed.code, closed.protocol], [8, 4406, undefined], 'frame');
});
check('ours is chosen among several', async () => {
  const socket = await new Socket(['graphql-ws', PROTOCOL]).open();
  equal(socket.ws.protocol, PROTOCOL, 'protocol');
  socket.end();
});

for (const [name, message] of Object.entries({
  'no JSON': '{',
  'JSON that is no object': '[]',
  'no type': {},
  'a type that is no text': { type: 1 },
  'an unknown type': { type: 'start' },
  'a message only servers send': { type: 'connection_ack' },
  'a connection_init whose payload is no object': { type: 'connection_init', payload: 'x' },
  'a ping whose payload is no object': { type: 'ping', payload: [1] },
  'a binary message': Buffer.from('{"type":"ping"}'),
})) {
  check(`${name} closes with 4400`, async () => {
    const socket = await new Socket().open();
    socket.send(message);
    await socket.expectClose(4400);
  });
}
for (const [name, message] of Object.entries({
  'subscribe without id': { type: 'subscribe', payload: { query: '{ __typename }' } },
  'subscribe with an empty id': { id: '', type: 'subscribe', payload: { query: '{ __typename }' } },
  'subscribe with a number as id': { id: 1, type: 'subscribe', payload: { query: '{ __typename }' } },
  'subscribe without payload': { id: '1', type: 'subscribe' },
  'subscribe without query': { id: '1', type: 'subscribe', payload: {} },
  'subscribe with variables that are no map': { id: '1', type: 'subscribe', payload: { query: '{ __typename }', variables: [] } },
  'complete without id': { type: 'complete' },
})) {
  check(`${name} closes with 4400`, async () => {
    const socket = await new Socket().ready();
    socket.send(message);
    await socket.expectClose(4400);
  });
}

check('subscribe before connection_init closes with 4401', async () => {
  const socket = await new Socket().open();
  socket.subscribe('1', '{ __typename }');
  await socket.expectClose(4401, 'Unauthorized');
});
check('connection_init without a token closes with 4403', async () => {
  const socket = await new Socket().open();
  socket.send({ type: 'connection_init' });
  await socket.expectClose(4403, 'Forbidden');
});
check('connection_init with a forged token closes with 4403', async () => {
  const socket = await new Socket().open();
  socket.send({ type: 'connection_init', payload: { authorization: 'Bearer forged' } });
  await socket.expectClose(4403, 'Forbidden');
});
check('the token may come with the upgrade request instead', async () => {
  const socket = await new Socket(PROTOCOL, { headers: { authorization: `Bearer ${token}` } }).open();
  socket.send({ type: 'connection_init' });
  await socket.message('connection_ack');
  socket.end();
});
check('a second connection_init closes with 4429', async () => {
  const socket = await new Socket().ready();
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await socket.expectClose(4429, 'Too many initialisation requests');
});
check('two connection_init at once close with 4429', async () => {
  const socket = await new Socket().open();
  for (let n = 0; n < 2; n += 1) socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await socket.expectClose(4429);
});
check('an id in use closes with 4409', async () => {
  const socket = await new Socket().ready();
  socket.subscribe('same', subscription);
  socket.subscribe('same', subscription);
  await socket.expectClose(4409, 'Subscriber for same already exists');
});

check('ping is answered with its payload, before and after connection_init', async () => {
  const socket = await new Socket().open();
  socket.send({ type: 'ping', payload: { n: 1 } });
  equal(await socket.message('pong'), { type: 'pong', payload: { n: 1 } }, 'pong');
  await socket.ready();
  socket.send({ type: 'ping' });
  equal(await socket.message('pong'), { type: 'pong' }, 'pong');
  socket.send({ type: 'pong' });
  socket.ws.ping();
  await socket.until('pong frame', () => socket.pongs > 0);
  socket.end();
});

check('a query answers with next and complete', async () => {
  const socket = await new Socket().ready();
  socket.subscribe('q', '{ __typename }');
  const next = await socket.message('next', 'q');
  ok(next.payload.data.__typename, JSON.stringify(next));
  await socket.message('complete', 'q');
  socket.end();
});
check('a mutation answers with next and complete', async () => {
  const socket = await new Socket().ready();
  socket.subscribe('m', 'mutation { __typename }');
  ok((await socket.message('next', 'm')).payload.data.__typename, 'no data');
  await socket.message('complete', 'm');
  socket.end();
});
for (const [name, query, code] of [
  ['a syntax error', '{', 'GRAPHQL_PARSE_FAILED'],
  ['an unknown field', '{ noSuchFieldHere }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a missing variable', 'query($name: String!) { __type(name: $name) { name } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['two root fields in a subscription', 'subscription { a b }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a mutation with 21 root fields', `mutation { ${Array.from({ length: 21 }, (_, n) => `a${n}: __typename`).join(' ')} }`, 'QUERY_TOO_COSTLY'],
]) {
  check(`${name} answers with error ${code}, and the id is free again`, async () => {
    const socket = await new Socket().ready();
    for (let n = 0; n < 2; n += 1) {
      socket.subscribe('e', query);
      const { payload } = await socket.message('error', 'e');
      ok(Array.isArray(payload) && payload.length > 0, 'payload is a list of errors');
      equal(payload[0].extensions.code, code, 'code');
      ok(payload[0].extensions.requestId, 'a request id');
    }
    socket.subscribe('e', '{ __typename }');
    await socket.message('next', 'e');
    await socket.message('complete', 'e');
    equal(socket.messages, [], 'nothing follows an error');
    socket.end();
  });
}
check('complete from the client frees the id at once', async () => {
  const socket = await new Socket().ready();
  for (let n = 0; n < 50; n += 1) {
    socket.subscribe('s', subscription);
    socket.send({ id: 's', type: 'complete' });
  }
  socket.subscribe('s', '{ __typename }');
  await socket.until('answer of the query', () => socket.messages.some((one) => one.id === 's' && one.payload?.data?.__typename));
  await socket.message('complete', 's');
  socket.send({ id: 'never-started', type: 'complete' });
  socket.send({ type: 'ping' });
  await socket.message('pong');
  socket.end();
});
check('one operation too many is an error for that id only', async () => {
  const limit = number('FLORIN_OPERATIONS', 100);
  const socket = await new Socket().ready();
  for (let n = 0; n <= limit; n += 1) socket.subscribe(`o${n}`, subscription);
  const { payload } = await socket.message('error', `o${limit}`);
  equal(payload[0].extensions.code, 'TOO_MANY_OPERATIONS', 'code');
  socket.send({ id: 'o0', type: 'complete' });
  socket.subscribe('again', '{ __typename }');
  await socket.message('next', 'again');
  ok(!socket.closed, 'the socket stays open');
  socket.end();
});
check('a message above the limit closes with 1009', async () => {
  const socket = await new Socket().ready();
  socket.subscribe('big', `{ __typename } #${'x'.repeat(number('FLORIN_BODY_BYTES', 1 << 20))}`);
  await socket.expectClose(1009);
  ok(socket.messages.every((message) => message.id !== 'big'), 'nothing was executed');
  const next = await new Socket().ready();
  next.end();
});

check('the own origin may open sockets', async () => {
  const socket = await new Socket(PROTOCOL, { headers: { origin: ownOrigin } }).ready();
  socket.end();
});
check('a foreign origin is refused with 403', async () => {
  await new Socket(PROTOCOL, { headers: { origin: 'https://evil.example' } }).expectClose(403);
});
check('the origin "null" is refused with 403', async () => {
  await new Socket(PROTOCOL, { headers: { origin: 'null' } }).expectClose(403);
});
check('a cookie without an origin is refused with 403', async () => {
  await new Socket(PROTOCOL, { headers: { cookie: 'a=b' } }).expectClose(403);
});

checkIf(env.FLORIN_COOKIE, 'a cookie counts from the own origin only', async () => {
  const from = (origin) => ({ headers: { cookie: env.FLORIN_COOKIE, ...origin } });
  const socket = await new Socket(PROTOCOL, from({ origin: ownOrigin })).open();
  socket.send({ type: 'connection_init' });
  await socket.message('connection_ack');
  socket.end();
  await new Socket(PROTOCOL, from({ origin: 'https://evil.example' })).expectClose(403);
  await new Socket(PROTOCOL, from({})).expectClose(403);
});

check('the reference client queries, subscribes and unsubscribes', async () => {
  const client = createClient({
    url: wsUrl, webSocketImpl: WebSocket, lazy: true, retryAttempts: 0, keepAlive: 1_000,
    connectionParams: () => ({ authorization: `Bearer ${token}` }),
  });
  const once = (query) => new Promise((resolve, reject) => {
    let result;
    client.subscribe({ query }, { next: (value) => (result = value), error: reject, complete: () => resolve(result) });
  });
  ok((await once('{ __typename }')).data.__typename, 'no data');
  const [error] = await once('{ noSuchFieldHere }').then(() => [], (errors) => errors);
  equal(error.extensions.code, 'GRAPHQL_VALIDATION_FAILED', 'code');
  let ended;
  const completed = new Promise((resolve) => (ended = resolve));
  const stop = client.subscribe({ query: subscription }, { next() {}, error: ended, complete: ended });
  await sleep(100);
  stop();
  equal(await completed, undefined, 'the end of the subscription');
  ok((await once('{ __typename }')).data.__typename, 'the socket still serves');
  await client.dispose();
});

check('no connection_init in time closes with 4408', async () => {
  const started = Date.now();
  const socket = await new Socket().open();
  await socket.expectClose(4408, 'Connection initialisation timeout', initTimeout + PATIENCE);
  ok(Date.now() - started >= initTimeout - 100, 'not before its time');
});

const keepalive = number('FLORIN_KEEPALIVE_MS', 0);
checkIf(keepalive, 'the server pings, and a client that answers stays', async () => {
  const socket = await new Socket().ready();
  await socket.until('two pings', () => socket.pings >= 3, keepalive * 5 + PATIENCE);
  ok(!socket.closed, 'stays open');
  socket.end();
});
checkIf(keepalive, 'a client that answers no ping is closed with 1013', async () => {
  const socket = await new Socket(PROTOCOL, { autoPong: false }).ready();
  await socket.expectClose(1013, 'No pong', keepalive * 3 + PATIENCE);
});

checkIf(env.FLORIN_FLOOD, 'a client that does not read is closed', async () => {
  const timeout = number('FLORIN_SEND_TIMEOUT_MS', 10_000);
  const socket = await new Socket().ready();
  socket.subscribe('flood', env.FLORIN_FLOOD);
  await socket.message('next', 'flood');
  socket.ws.pause();
  await sleep(timeout + 1_000);
  // Reading on in the seconds that the server still listens shows why.
  socket.ws.resume();
  await socket.expectClose(1013, 'Slow reader', timeout + PATIENCE);
});

const places = number('FLORIN_SOCKETS', 0);
checkIf(places, 'one socket too many is refused with 503, and a place is free after one left', async () => {
  // Sockets of earlier checks may still be closing.
  await sleep(3_000);
  const sockets = await Promise.all(Array.from({ length: places }, () => new Socket().open()));
  await new Socket().expectClose(503);
  sockets[0].end();
  await sleep(3_000);
  await new Socket().ready().then((socket) => socket.end());
  sockets.forEach((socket) => socket.end());
});

checkIf(env.FLORIN_REVOKE, 'a revoked token closes its sockets with 4403', async () => {
  const socket = await new Socket().ready();
  socket.subscribe('s', subscription);
  await sleep(200);
  const answer = await post(env.FLORIN_REVOKE);
  ok(!answer.errors, JSON.stringify(answer));
  await socket.expectClose(4403, 'Session ended');
  const late = await new Socket().open();
  late.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await late.expectClose(4403);
});

checkIf(env.FLORIN_STOP_PID, 'a server that stops closes with 1001', async () => {
  const socket = await new Socket().open();
  process.kill(Number(env.FLORIN_STOP_PID), 'SIGTERM');
  await socket.expectClose(1001, 'Going away', 10_000);
});

// ---- run --------------------------------------------------------------------------------------------

subscription = env.FLORIN_SUBSCRIPTION ?? (await findSubscription());
let failed = 0;
for (const { name, run } of checks) {
  try {
    await run();
    console.log(`ok     ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.message}`);
  }
}
console.log(`${checks.length - failed} of ${checks.length} ok`);
process.exit(failed === 0 ? 0 : 1);
