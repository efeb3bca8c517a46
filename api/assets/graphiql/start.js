// Starts GraphiQL: queries and mutations over HTTP, subscriptions over graphql-transport-ws, both with the
// token that stands in the headers editor.
'use strict';

(() => {
  const address = new URL('/graphql', window.location.href);
  const socketAddress = new URL(address);
  socketAddress.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';

  /** The headers of the editor; an Authorization that holds no token yet is left out. */
  function presented(headers) {
    return Object.fromEntries(
      Object.entries(headers ?? {}).filter(
        ([name, value]) => name.toLowerCase() !== 'authorization' || !/^(bearer)?\s*$/i.test(String(value)),
      ),
    );
  }

  function authorization(headers) {
    const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization');
    return found ? String(found[1]) : undefined;
  }

  let socket = { token: undefined, client: undefined };

  /** One socket for each token; without a token the browser's cookie speaks. */
  function clientFor(token) {
    if (!socket.client || socket.token !== token) {
      socket.client?.dispose();
      socket = {
        token,
        client: graphqlWs.createClient({
          url: socketAddress.toString(),
          connectionParams: token ? { authorization: token } : {},
          // A person watches: better to say at once why a socket closed than to try again in silence.
          retryAttempts: 0,
        }),
      };
    }
    return socket.client;
  }

  function isSubscription(document, name) {
    return (document?.definitions ?? []).some(
      (definition) =>
        definition.kind === 'OperationDefinition' &&
        definition.operation === 'subscription' &&
        (!name || definition.name?.value === name),
    );
  }

  async function* subscribe(parameters, headers) {
    try {
      yield* clientFor(authorization(headers)).iterate(parameters);
    } catch (error) {
      if (error instanceof CloseEvent) {
        const failure = new Error(`The socket closed: ${error.code} ${error.reason}`);
        failure.stack = undefined; // GraphiQL would print it.
        throw failure;
      }
      throw error;
    }
  }

  async function post(parameters, headers) {
    const response = await fetch(address, {
      method: 'POST',
      credentials: 'same-origin',
      headers: {
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'content-type': 'application/json',
        'x-florin-client': 'graphiql',
        ...headers,
      },
      body: JSON.stringify(parameters),
    });
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${response.status} ${response.statusText}: ${text.slice(0, 300)}`);
    }
  }

  function fetcher(parameters, options) {
    const headers = presented(options?.headers);
    return isSubscription(options?.documentAST, parameters.operationName)
      ? subscribe(parameters, headers)
      : post(parameters, headers);
  }

  const welcome = `# Florin. Sign in with a mutation, then put the access token into the tab "Headers" below.
#
# Ctrl-Enter runs the query, Ctrl-Space completes, the book on the left documents every type.

query Hello {
  __typename
}
`;

  ReactDOM.createRoot(document.getElementById('graphiql')).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: welcome,
      defaultHeaders: '{\n  "Authorization": "Bearer "\n}',
      // Tokens do not belong into the browser's storage.
      shouldPersistHeaders: false,
    }),
  );
})();
