import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { freePort, readOr, stackFailed, startService, stopProcess, waitUntilReady } from './processes.ts';

/*
 * Real Apache Kafka without a download page: Maven resolves the broker and its runtime libraries into the user's
 * local repository, with whatever mirror the machine is configured for; we keep only the resulting class path.
 * For tests and benchmarks; a province runs a cluster of its own and names it in KAFKA_BROKERS.
 */
const KAFKA_VERSION = '4.1.1';
const LEAST_JAVA = 17;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sanjiang</groupId><artifactId>kafka-class-path</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

export interface LocalKafka extends AsyncDisposable {
  /** `127.0.0.1:<port>`, as KAFKA_BROKERS wants it. */
  readonly brokers: string;
  readonly version: string;
  /** Runs a main class of the distribution, such as org.apache.kafka.tools.ProducerPerformance. */
  run(mainClass: string, args: readonly string[], signal?: AbortSignal): Promise<ToolResult>;
}

interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LocalKafkaOptions {
  /** For log segments and server.log; made when missing. */
  readonly folder: string;
  /** Broker properties that override ours. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  readonly heapMb?: number | undefined;
  readonly log: Logger;
}

/** Null when a broker can be started here, else why not and what to install. */
export function whyNoKafka(): { reason: string; remedy: string } | null {
  const remedy = 'apt-get install openjdk-17-jre-headless maven (or set TEST_KAFKA_BROKERS to a broker of your own)';
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (java.status !== 0) return { reason: 'there is no java on PATH', remedy };
  const major = Number(/version "(\d+)/.exec(`${java.stderr}${java.stdout}`)?.[1] ?? 0);
  if (major < LEAST_JAVA) return { reason: `java is ${major}, Kafka 4 needs ${LEAST_JAVA}`, remedy };
  if (cachedClassPath() !== null) return null;
  return spawnSync('mvn', ['-version']).status === 0 ? null : { reason: 'there is no mvn on PATH', remedy };
}

/**
 * One broker that is its own controller (KRaft), on free loopback ports, without automatic topics.
 * The first call on a machine lets Maven fetch about 100 MB; later ones start in some seconds.
 * @throws HubError HUB_STACK_FAILED with the last log lines.
 */
export async function openLocalKafka(options: LocalKafkaOptions): Promise<LocalKafka> {
  const { folder, log } = options;
  mkdirSync(folder, { recursive: true });
  const classPath = cachedClassPath() ?? (await resolveClassPath(log));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const settings = { ...brokerProperties(folder, port, controllerPort), ...options.properties };
  const propertiesFile = join(folder, 'server.properties');
  writeFileSync(
    propertiesFile,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );

  const service = { name: 'Kafka', logFile: join(folder, 'server.log') };
  const run: LocalKafka['run'] = (mainClass, args, signal) => runJava(classPath, mainClass, args, folder, signal);
  const formatted = await run('kafka.tools.StorageTool', ['format', '-g', '-t', clusterId(), '-c', propertiesFile]);
  if (formatted.status !== 0) {
    writeFileSync(service.logFile, formatted.stdout + formatted.stderr, { flag: 'a' });
    throw stackFailed(service, 'could not format its log folder');
  }
  const heap = options.heapMb ?? 512;
  const child = startService({
    ...service,
    command: 'java',
    args: [`-Xms${heap}m`, `-Xmx${heap}m`, '-XX:+UseG1GC', '-cp', classPath, 'kafka.Kafka', propertiesFile],
    cwd: folder,
  });
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined) await stopProcess(child.pid, 'SIGTERM', 20_000);
  };
  try {
    const started = async (): Promise<boolean> =>
      readOr(service.logFile, '').includes('Kafka Server started') && (await accepts(port));
    await waitUntilReady(service, child, started, 90_000);
  } catch (error) {
    await stop();
    throw error;
  }
  log.debug({ port, version: KAFKA_VERSION }, 'Kafka started');
  return { brokers: `127.0.0.1:${port}`, version: KAFKA_VERSION, run, [Symbol.asyncDispose]: stop };
}

const brokerProperties = (folder: string, port: number, controllerPort: number): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'log.dirs': join(folder, 'logs'),
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
});

/** Kafka takes 16 bytes in URL-safe base64 and refuses a leading dash. */
const clusterId = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');

const cacheFolder = (): string => join(homedir(), '.cache', 'sanjiang', `kafka-${KAFKA_VERSION}`);

function cachedClassPath(): string | null {
  const found = readOr(join(cacheFolder(), 'class-path'), '').trim();
  return found !== '' && found.split(delimiter).every((jar) => existsSync(jar)) ? found : null;
}

async function resolveClassPath(log: Logger): Promise<string> {
  const folder = cacheFolder();
  mkdirSync(folder, { recursive: true });
  log.info({ version: KAFKA_VERSION }, 'Resolving the Apache Kafka libraries with Maven (once on this machine)');
  writeFileSync(join(folder, 'pom.xml'), POM);
  const partial = join(folder, `class-path.${process.pid}`);
  const goals = ['-q', '-B', 'dependency:build-classpath', `-Dmdep.outputFile=${partial}`];
  const resolved = await runTool('mvn', goals, folder);
  if (resolved.status !== 0 || !existsSync(partial)) {
    const output = `${resolved.stdout}${resolved.stderr}`.trim().split('\n').slice(-12).join('\n');
    throw new HubError('HUB_STACK_FAILED', `Maven could not resolve Apache Kafka ${KAFKA_VERSION}:\n${output}`);
  }
  renameSync(partial, join(folder, 'class-path'));
  return readOr(join(folder, 'class-path'), '').trim();
}

const runJava = (
  classPath: string,
  mainClass: string,
  args: readonly string[],
  cwd: string,
  signal?: AbortSignal,
): Promise<ToolResult> => runTool('java', ['-Xmx512m', '-cp', classPath, mainClass, ...args], cwd, signal);

function runTool(command: string, args: readonly string[], cwd: string, signal?: AbortSignal): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? 1, stdout, stderr }));
  });
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
