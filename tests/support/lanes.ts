import { describe, test } from '@jest/globals';

export type ServiceName = 'kafka' | 'mariadb' | 'postgresql' | 'redis' | 'mssql';

/** Where each optional service is announced; the test set-up fills these in for what it could start. */
const SERVICE_VARIABLES: Readonly<Record<ServiceName, string>> = {
  kafka: 'TEST_KAFKA_BROKERS',
  mariadb: 'TEST_MARIADB_URL',
  postgresql: 'TEST_PLAIN_DATABASE_URL',
  redis: 'TEST_REDIS_URL',
  mssql: 'TEST_MSSQL_URL',
};

/** There is no SQL Server to install on a build machine, so its lane never fails a build for being absent. */
const REQUIRED: readonly ServiceName[] = ['kafka', 'mariadb', 'postgresql', 'redis'];

/**
 * A suite that needs a service. Without it the suite is skipped with one loud line; under REQUIRE_SERVICES=1 it fails.
 * @param suite gets the address: brokers `host:port,...` for Kafka, a URL for the others.
 */
export function describeWith(service: ServiceName, suite: (address: string) => void): void {
  const variable = SERVICE_VARIABLES[service];
  const address = process.env[variable];
  if (address !== undefined && address !== '') {
    describe(`with ${service}`, () => suite(address));
    return;
  }
  if (process.env['REQUIRE_SERVICES'] === '1' && REQUIRED.includes(service)) {
    throw new Error(
      `${service} is required (REQUIRE_SERVICES=1) because a lane that silently skips proves nothing: set ${variable}`,
    );
  }
  process.stderr.write(`SKIPPED: a suite needs ${service} and ${variable} is not set\n`);
  describe.skip(`with ${service} (${variable} is not set)`, () => suite(''));
}

/**
 * The tests of a file that is written for the embedded server once more, on a province's own: Debian's PostgreSQL with its
 * defaults plans differently and compiles plans.
 * @param load imports the file.
 */
export async function againOnPostgresql(load: () => Promise<unknown>): Promise<void> {
  const address = process.env[SERVICE_VARIABLES.postgresql];
  if (address === undefined || address === '') {
    describeWith('postgresql', () => test('the tests of the embedded server', () => {}));
    return;
  }
  process.env['TEST_DATABASE_URL'] = address;
  await load();
}
