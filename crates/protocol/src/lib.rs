//! Commands, events, problem types, API bodies and URL builders; emits TypeScript.
