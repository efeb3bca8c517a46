// Follows what happens in a household with the reference client `graphql-ws`, until it is killed or told why not.
//
//   FLORIN_TOKEN=… node replay.mjs http://127.0.0.1:8080 [CURSOR]
//
// FLORIN_SUBSCRIPTION, if set, is what it subscribes in place of `householdChanged`: one field with `$after`, of type Cursor.
//
// With a cursor, from the event after it on; without, from now on. One line of JSON each: the event itself,
// {"errors": […]} of the operation, {"complete": true}, or {"closed": code, "reason": …} of the socket.

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [base, after] = process.argv.slice(2);
const token = process.env.FLORIN_TOKEN;
if (!base || !token) {
  console.error('usage: FLORIN_TOKEN=… node replay.mjs BASE_URL [CURSOR]');
  process.exit(2);
}
const url = new URL('/graphql', base).toString().replace(/^http/, 'ws');
const say = (line) => console.log(JSON.stringify(line));

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  retryAttempts: 0,
  connectionParams: { authorization: `Bearer ${token}` },
});
const query =
  process.env.FLORIN_SUBSCRIPTION ?? 'subscription($after: Cursor) { householdChanged(after: $after) { cursor at kind } }';
client.subscribe(
  { query, variables: { after } },
  {
    next: ({ data, errors }) => say(errors ? { errors } : Object.values(data)[0]),
    complete: () => say({ complete: true }),
    // A list is of the operation, a close event of the socket; anything else is a fault of this script.
    error: (error) => {
      if (Array.isArray(error)) say({ errors: error });
      else if (error?.code) say({ closed: error.code, reason: error.reason });
      else throw error;
    },
  },
);
