/**
 * A server of our own for the browser tests: a fresh data folder, a fresh
 * database, free ports, the imported programme; stopped by its process id.
 */
import { expect, test as base } from '@playwright/test';
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { watch } from './policy.ts';
import { scheduleXml } from './schedule.ts';

export const EVENT = 'journey';

const START_MS = 30_000;
const MAIL_MS = 15_000;

export class Hallway {
  readonly origin: string;
  /** HOST:PORT */
  readonly rtmp: string;
  readonly data: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    origin: string,
    rtmp: string,
    data: string,
    env: NodeJS.ProcessEnv,
  ) {
    this.#child = child;
    this.origin = origin;
    this.rtmp = rtmp;
    this.data = data;
    this.#env = env;
  }

  /** Serves the imported programme, or the demo's own. */
  static async start(what: 'serve' | 'demo' = 'serve', house: string = what): Promise<Hallway> {
    const data = mkdtempSync(join(tmpdir(), `hallway-browser-${house}-`));
    const port = await freePort();
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      HALLWAY_DATA: data,
      HALLWAY_LISTEN: `127.0.0.1:${port}`,
      HALLWAY_BASE_URL: `http://127.0.0.1:${port}`,
      HALLWAY_RTMP_LISTEN: '127.0.0.1:0',
      HALLWAY_MEDIA_LISTEN: '127.0.0.1:0',
      // Browsers can be told only by a server that reaches their push services.
      HALLWAY_OUTBOUND_ENABLED: 'true',
      ...(process.env.HALLWAY_BROWSER_DB === 'postgres' && {
        HALLWAY_DATABASE_URL: freshPostgres(),
      }),
    };
    if (what === 'serve') {
      const file = join(data, 'schedule.xml');
      writeFileSync(file, scheduleXml(Date.now()));
      await run(env, ['import', 'schedule', '--event', EVENT, '--zone', 'UTC', file]);
    }
    // The demo makes a folder of its own unless a flag names one.
    const child = spawn(binary(), [what, '--data', data], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n'));
      lines.splice(0, Math.max(0, lines.length - 200));
    });
    try {
      const said = await announcements(child);
      return new Hallway(child, said.ready, said.rtmp, data, env);
    } catch (reason) {
      child.kill('SIGKILL');
      throw new Error(`the server did not start:\n${lines.join('\n')}`, { cause: reason });
    }
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(late);
    }
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Runs a command of the same binary on the same data; gives its output. */
  command(...args: string[]): Promise<string> {
    return run(this.#env, args);
  }

  /** A path on this server that signs `email` in when its button is pressed. */
  async signInPath(email: string): Promise<string> {
    const line = await this.command('user', 'sign-in-link', '--email', email);
    return pathOf(line);
  }

  /** Waits for the newest mail to `email` and gives the sign-in path in it. */
  async mailedPath(email: string): Promise<string> {
    const folder = join(this.data, 'mailbox');
    let path = '';
    await expect(() => {
      const mails = readdirSync(folder).filter((file) => /^[^.].*\.eml$/.test(file));
      const newest = mails
        .sort()
        .reverse()
        .map((file) => readFileSync(join(folder, file), 'utf8'))
        .find((text) => text.toLowerCase().includes(email.toLowerCase()));
      if (newest === undefined) throw new Error(`no mail to ${email} came`);
      path = pathOf(words(newest));
    }).toPass({ timeout: MAIL_MS });
    return path;
  }
}

function binary(): string {
  const path = process.env.HALLWAY_BIN ?? '../target/debug/hallway';
  if (!existsSync(path)) throw new Error(`${path} is missing: run cargo build -p hallway-server`);
  return path;
}

async function run(env: NodeJS.ProcessEnv, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(binary(), args, { env, timeout: 60_000 });
  return stdout.trim();
}

/** The server's own words: `ready http://...`, then `rtmp ...`. */
function announcements(child: ChildProcess): Promise<{ ready: string; rtmp: string }> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the server is not ready')), START_MS);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    let ready = '';
    if (!child.stdout) return reject(new Error('no output'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word, value = ''] = line.split(' ');
      if (word === 'ready') ready = value.replace(/\/$/, '');
      if (word === 'rtmp' && ready) {
        clearTimeout(late);
        resolve({ ready, rtmp: value.replace(/^rtmp:\/\//, '').replace(/\/.*$/, '') });
      }
    });
  });
}

/** A port that was free a moment ago; the base URL must be known beforehand. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

/** Makes a database on the runner's PostgreSQL and gives its URL. */
function freshPostgres(): string {
  const server = process.env.HALLWAY_TEST_PG_URL ?? process.env.HALLWAY_BROWSER_DATABASE_URL;
  if (!server) throw new Error('HALLWAY_TEST_PG_URL names no PostgreSQL server');
  const name = `browser_${randomUUID().replace(/-/g, '')}`;
  execFileSync(psql(), [server, '-q', '-c', `CREATE DATABASE ${name}`], { stdio: 'pipe' });
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
}

function psql(): string {
  const folder = '/usr/lib/postgresql';
  const installed = existsSync(folder)
    ? readdirSync(folder).map((version) => join(folder, version, 'bin', 'psql'))
    : [];
  return installed.find((path) => existsSync(path)) ?? 'psql';
}

/** A mail's text with its transfer encoding undone as far as links need it. */
function words(mail: string): string {
  const parts = mail.split(/\r?\n--/).map((part) => {
    const at = part.search(/\r?\n\r?\n/);
    const [head, body] = [part.slice(0, at), part.slice(at)];
    if (/content-transfer-encoding:\s*base64/i.test(head) && /text\/plain/i.test(head)) {
      return Buffer.from(body, 'base64').toString('utf8');
    }
    if (/content-transfer-encoding:\s*quoted-printable/i.test(head)) {
      return body
        .replace(/=\r?\n/g, '')
        .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    }
    return body;
  });
  return parts.join('\n');
}

/** Path and query of the first sign-in link in a text. */
function pathOf(text: string): string {
  const link = /https?:\/\/\S*\/account\/sign-in\/confirm\?\S*?token=[\w%.~-]+/.exec(text);
  if (!link) throw new Error(`no sign-in link in: ${text}`);
  const url = new URL(link[0]);
  return url.pathname + url.search;
}

/**
 * Tests that share one server per worker, with `baseURL` set to it, on pages without faults.
 * Files whose tests change what is on name a `house` of their own: other files then find the
 * programme as it was, in whatever order they run.
 */
export const test = base.extend<{ baseURL: string }, { house: string; hallway: Hallway }>({
  house: ['shared', { option: true, scope: 'worker' }],
  hallway: [
    async ({ house }, use) => {
      const hallway = await Hallway.start('serve', house);
      await use(hallway);
      await hallway.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  baseURL: async ({ hallway }, use) => use(hallway.origin),
  page: async ({ page }, use) => {
    const faults = watch(page);
    await use(page);
    faults.expectNone();
  },
});

export { expect };
