// A reference for `cargo xtask bench chat`: the chat fan-out that one would
// write with the `ws` package. Whoever says `join` gets what everyone else says.
import { createRequire } from 'node:module';

const require = createRequire(process.argv[2]);
const { WebSocketServer } = require('ws');

const readers = new Set();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const text = data.toString();
    if (text === 'join') readers.add(socket);
    else for (const reader of readers) reader.send(text);
  });
  socket.on('close', () => readers.delete(socket));
});
server.on('listening', () => console.log(`ready http://127.0.0.1:${server.address().port}`));
