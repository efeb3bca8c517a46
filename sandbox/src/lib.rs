//! A bank of our own that behaves like a real one over HTTP and OAuth 2: for the demo, the tests and the load generator.
