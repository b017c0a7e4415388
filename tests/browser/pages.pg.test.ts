import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { addPerson } from '../../catalog/access/people.ts';
import { formatEntityId } from '../../schemas/entity-id.ts';
import { type AccessWorld, openAccessWorld } from '../catalog/access/world.ts';
import { describeWithProgram } from '../support/programs.ts';

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

describeWithProgram('a browser', 'chromium', ['--version'], () => {
  let world: AccessWorld;
  let browser: Browser;
  let page: Page;
  let address = '';
  let link = '';
  const complaints: string[] = [];

  beforeAll(async () => {
    world = await openAccessWorld({ samplePeople: [] });
    const people: { personId: number; name: string; role: 'steward' | 'security-admin' | 'system-admin' }[] = [];
    for (const role of ['steward', 'security-admin', 'system-admin'] as const)
      people.push({ personId: (await world.as(role)).personId, name: role, role });
    (world.access as { samplePeople: unknown }).samplePeople = people;
    const { token } = await addPerson(world.pool, {
      ...{ login: 'fresh', name: '新人', role: 'steward', organisation: '630000', by: 'test' },
    });
    link = `/set-up/${token}`;
    address = await world.server.listen({ host: '127.0.0.1', port: 0 });
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    // axe is ours to bring in; the pages' own policy would refuse it.
    page = await (await browser.newContext({ bypassCSP: true })).newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await world?.[Symbol.asyncDispose]();
  });

  async function faultsOf(path: string): Promise<readonly string[]> {
    const answer = await page.goto(address + path);
    expect([path, answer?.status()]).toEqual([path, 200]);
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run()')) as AxeResult;
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    return [...serious.map(({ id, nodes }) => `${path}: ${id} ${nodes[0]?.html}`), ...complaints.splice(0)];
  }
  const become = async (name: string): Promise<void> => {
    await page.goto(`${address}/sign-in`);
    await page.click(`button[aria-label="进入 ${name}"]`);
    await page.waitForURL(`${address}/`);
  };
  const inBoth = (paths: readonly string[]): readonly string[] =>
    paths.flatMap((path) => [path, `${path}${path.includes('?') ? '&' : '?'}lang=en`]);

  test('nobody: no page has a serious fault, nor a complaint of the browser', async () => {
    const faults: string[] = [];
    for (const path of inBoth(['/', '/?q=x', '/sign-in', '/bases/population', link]))
      faults.push(...(await faultsOf(path)));
    expect(faults).toEqual([]);
  }, 120_000);

  test.each([
    [
      'steward',
      ['/me', '/quality', '/resources/base-population', `/bases/population/entities/${formatEntityId('P', 1)}`],
    ],
    ['security-admin', ['/me', '/people', '/confirm']],
    ['system-admin', ['/organisations']],
  ])(
    '%s: no page has a serious fault, nor a complaint of the browser',
    async (name, paths) => {
      await become(name);
      const faults: string[] = [];
      for (const path of inBoth(paths)) faults.push(...(await faultsOf(path)));
      expect(faults).toEqual([]);
    },
    120_000,
  );

  test('a form works without script: somebody is let in by a link, chooses a password and signs in', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const own = await context.newPage();
    await own.goto(address + link);
    await own.fill('input[name=password]', '江源之水天上来，2026');
    await own.click('main button');
    await own.waitForURL(`${address}/sign-in`);
    await own.fill('input[name=login]', 'fresh');
    await own.fill('input[name=password]', '江源之水天上来，2026');
    await own.click('main button >> nth=0');
    await own.waitForURL(`${address}/`);
    await own.goto(`${address}/me`);
    expect(await own.textContent('h1')).toBe('新人');
    await own.click('text=在所有设备退出');
    await own.waitForURL(/\/sign-in$/);
    expect(await context.cookies()).toEqual([]);
    await context.close();
  }, 60_000);
});
