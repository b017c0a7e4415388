import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * closed: nobody listens. deaf: connections are never accepted. silent: accepted, and never a byte. trickle: a byte now
 * and then. stall: what the service says, up to a byte, then nothing. cut: up to a byte, then the end.
 */
export type Badness = 'closed' | 'deaf' | 'silent' | 'trickle' | 'stall' | 'cut';

export interface BadServer extends AsyncDisposable {
  readonly port: number;
}

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/** @param service the port of a good one, which is spoken to through this. @param after bytes of it, for stall and cut */
export async function badServer(how: Badness, service: number | null = null, after = 0): Promise<BadServer> {
  if (how === 'deaf') return deafServer();
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => {});
  };
  // Of all connections: who comes again finds the server as it was left.
  let passed = 0;
  const server = createServer((client) => {
    keep(client);
    if (service === null || how === 'silent') return;
    if (how === 'cut' && passed >= after) {
      client.destroy();
      return;
    }
    const from = keep(connect(service, '127.0.0.1'));
    client.pipe(from);
    let waiting = Buffer.alloc(0);
    from.on('data', (bytes: Buffer) => {
      if (how === 'trickle') waiting = Buffer.concat([waiting, bytes]);
      else {
        const left = after - passed;
        passed += bytes.length;
        if (left > 0) client.write(bytes.subarray(0, left));
        if (how === 'cut' && passed >= after) client.destroySoon();
      }
    });
    if (how !== 'trickle') return;
    const timer = setInterval(() => {
      if (waiting.length > 0) client.write(waiting.subarray(0, 1));
      waiting = waiting.subarray(1);
    }, 200);
    timers.add(timer);
  });
  const port = await listening(server);
  const close = (): Promise<unknown> => new Promise((resolve) => server.close(resolve));
  if (how === 'closed') await close();
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      if (how !== 'closed') await close();
    },
  };
}

/** A process that is stopped while it listens: the system takes one or two connections for it, and no more. */
async function deafServer(): Promise<BadServer> {
  const program = `const s = require('node:net').createServer(() => {});
    s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port));`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  child.kill('SIGSTOP');
  const port = Number(line);
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.race(fillers.slice(0, 1).map((socket) => once(socket, 'connect')));
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of fillers) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
