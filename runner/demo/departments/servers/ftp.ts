import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { basename, join } from 'node:path';

export interface FtpServer extends AsyncDisposable {
  readonly port: number;
}

const stamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace(/\D/g, '');

/** What the server says instead of obeying a command, such as `550 gone`; the empty text: nothing at all; null: it obeys. */
export type FtpFault = (command: string, argument: string) => string | null;

/** A folder for reading over FTP (RFC 959, 3659, passive only), on a free port of 127.0.0.1. */
export async function serveFtp(
  folder: string,
  user: string,
  password: string,
  fault: FtpFault = () => null,
): Promise<FtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    converse(socket, folder, user, password, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function converse(socket: Socket, folder: string, user: string, password: string, fault: FtpFault): void {
  let name = '';
  let isKnown = false;
  let passive: { readonly server: Server; readonly socket: Promise<Socket> } | null = null;
  let restart = 0;
  let rest = '';
  const say = (text: string): void => {
    if (text !== '') socket.write(`${text}\r\n`);
  };

  async function listen(): Promise<number> {
    passive?.server.close();
    const data = createServer();
    const connected = new Promise<Socket>((resolve) => data.once('connection', resolve));
    await new Promise<void>((resolve) => data.listen(0, '127.0.0.1', resolve));
    passive = { server: data, socket: connected };
    return (data.address() as AddressInfo).port;
  }
  async function send(write: (to: Socket) => void): Promise<void> {
    if (passive === null) return say('425 say PASV first');
    const { server: data, socket: connected } = passive;
    passive = null;
    say('150 here it comes');
    const to = await connected;
    to.on('error', () => {});
    to.on('close', () => {
      data.close();
      say('226 done');
    });
    write(to);
  }
  const facts = async (): Promise<string> => {
    const names = await readdir(folder);
    const lines = await Promise.all(
      names.map(async (one) => {
        const found = await stat(join(folder, one));
        const { size, mtimeMs } = found;
        return `type=${found.isFile() ? 'file' : 'dir'};size=${size};modify=${stamp(mtimeMs)}; ${one}\r\n`;
      }),
    );
    return lines.join('');
  };

  const commands: Readonly<Record<string, (argument: string) => unknown>> = {
    USER(argument) {
      name = argument;
      say('331 and the password');
    },
    PASS(argument) {
      isKnown = name === user && argument === password;
      say(isKnown ? '230 welcome' : '530 login incorrect');
    },
    FEAT: () => say('211-Features\r\n MLST type*;size*;modify*;\r\n UTF8\r\n SIZE\r\n REST STREAM\r\n211 End'),
    SYST: () => say('215 UNIX Type: L8'),
    TYPE: () => say('200 ok'),
    STRU: () => say('200 ok'),
    OPTS: () => say('200 ok'),
    PWD: () => say('257 "/"'),
    EPSV: async () => say(`229 Entering Extended Passive Mode (|||${await listen()}|)`),
    async PASV() {
      const port = await listen();
      say(`227 Entering Passive Mode (127,0,0,1,${port >> 8},${port & 255})`);
    },
    MLSD: async () => send((to) => void facts().then((text) => to.end(text))),
    async SIZE(argument) {
      const found = await stat(join(folder, basename(argument))).catch(() => null);
      say(found === null ? '550 no such file' : `213 ${found.size}`);
    },
    REST(argument) {
      restart = Number(argument);
      say('350 from there');
    },
    async RETR(argument) {
      const path = join(folder, basename(argument));
      if ((await stat(path).catch(() => null)) === null) return say('550 no such file');
      const start = restart;
      restart = 0;
      return send((to) => void createReadStream(path, { start }).pipe(to));
    },
    QUIT() {
      say('221 bye');
      socket.end();
    },
  };

  socket.on('close', () => passive?.server.close());
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [verb = '', ...argument] = line.split(' ');
      const command = commands[verb.toUpperCase()];
      const said = fault(verb.toUpperCase(), argument.join(' '));
      if (said !== null) say(said);
      else if (command === undefined) say('502 not here');
      else if (!isKnown && !['USER', 'PASS', 'FEAT', 'QUIT'].includes(verb.toUpperCase())) say('530 log in first');
      else void Promise.resolve(command(argument.join(' '))).catch(() => say('451 failed'));
    }
  });
  say(fault('', '') ?? '220 sample world');
}
