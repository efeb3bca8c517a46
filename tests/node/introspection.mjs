// Compares the schema that a server tells its clients with a file, with the reference implementation `graphql`.
//
//   node introspection.mjs http://127.0.0.1:8080 ../../schema.graphql
//
// Sends the query of GraphiQL and of the usual generators of code. Exit 1 if it is refused or the two differ.

import { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from 'graphql';
import { readFileSync } from 'node:fs';

const [base, file] = process.argv.slice(2);
if (!base || !file) {
  console.error('usage: node introspection.mjs BASE_URL SCHEMA_FILE');
  process.exit(2);
}
const response = await fetch(new URL('/graphql', base), {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true }) }),
});
const { data, errors } = await response.json();
if (errors) {
  console.error(`${response.status} ${JSON.stringify(errors)}`);
  process.exit(1);
}
const lines = (schema) => printSchema(lexicographicSortSchema(schema)).split('\n');
const [told, written] = [buildClientSchema(data), buildSchema(readFileSync(file, 'utf8'))].map(lines);
const place = told.findIndex((line, index) => line !== written[index]);
if (place >= 0 || told.length !== written.length) {
  console.error(`line ${place + 1} of the sorted schema: told "${told[place]}", written "${written[place]}"`);
  process.exit(1);
}
console.log(`${told.length} lines ok`);
