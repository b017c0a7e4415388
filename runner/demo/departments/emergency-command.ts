import { createHmac } from 'node:crypto';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { COUNTIES, currentCode } from '../world/counties.ts';
import { below, hash32, pick } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import type { Place, SampleDepartment } from './department.ts';

const INCIDENTS = 160;
const KINDS = [
  ['自然灾害', '山体滑坡', '道路被泥石阻断,无人员伤亡'],
  ['自然灾害', '雪灾', '牧道积雪,部分牲畜被困'],
  ['自然灾害', '地震', '有感地震,正在核查灾情'],
  ['事故灾难', '道路交通事故', '两车相撞,救护力量已到达'],
  ['事故灾难', '危险化学品泄漏', '槽车侧翻,已设置警戒区'],
  ['公共卫生事件', '聚集性疫情', '已采样送检'],
  ['社会安全事件', '群体性事件', '已派工作组到现场'],
] as const;
const LEVELS = ['特别重大', '重大', '较大', '一般', '一般', '一般'];
const STATES = ['已接报', '处置中', '已结束'];
/** Of the sample world only. */
const SECRET = 'sample-world-emergency-command-secret';

interface Incident {
  readonly [name: string]: unknown;
}

/** An incident is reported and then, for two in three, reported again in a later state. */
function* incidents({ seed }: WorldOptions): Generator<Incident> {
  for (let index = 0; index < INCIDENTS; index++) {
    const [kind, detail, text] = pick(KINDS, seed, index, 4001);
    const county = pick(COUNTIES, seed, index, 4002);
    const day = 1 + below(seed, index, 4003, 28);
    const month = 1 + below(seed, index, 4004, 6);
    const date = `2025-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
    const reports = 1 + below(seed, index, 4005, 3);
    for (let state = 0; state < reports; state++) {
      yield {
        sjbh: `YJ2025${String(index + 1).padStart(5, '0')}`,
        lx: { dl: kind, xl: detail },
        jb: pick(LEVELS, seed, index, 4006),
        fssj: `${date}T0${below(seed, index, 4007, 9)}:15:00+08:00`,
        bgsj: `${date}T${10 + 3 * state}:30:00+08:00`,
        wz: {
          xzqh: currentCode(county),
          ms: `${county.name}${county.towns[0] ?? ''}`,
          jd: Number((96 + below(seed, index, 4008, 70_000) / 10_000).toFixed(4)),
          wd: Number((33 + below(seed, index, 4009, 50_000) / 10_000).toFixed(4)),
        },
        ms: text,
        zt: STATES[state],
        bsdw: `${county.name}应急管理局`,
      };
    }
  }
  // Two that no hub can take: one without a number, one whose time has no zone.
  yield { sjbh: '', lx: { dl: '自然灾害', xl: '洪涝' }, jb: '一般', bgsj: '2025-06-01T10:00:00+08:00', zt: '已接报' };
  yield { sjbh: 'YJ202599999', lx: { dl: '自然灾害', xl: '洪涝' }, jb: '一般', bgsj: '2025-06-01 10:00', zt: '已接报' };
}

/** What a duty room sends at once: one to five reports. */
function* deliveries(world: WorldOptions): Generator<{ readonly id: string; readonly body: string }> {
  let reports: Incident[] = [];
  let number = 0;
  const take = (): { id: string; body: string } => {
    const body = JSON.stringify({ fszd: '省应急指挥中心', sj: reports });
    number += 1;
    reports = [];
    return { id: `yj-${world.seed}-${number}`, body };
  };
  for (const incident of incidents(world)) {
    reports.push(incident);
    if (reports.length > hash32(world.seed, number, 4010) % 5) yield take();
  }
  if (reports.length > 0) yield take();
}

/** 应急指挥: pushes what happens, signed as Standard Webhooks has it. */
export const emergencyCommand: SampleDepartment = {
  name: 'emergency-command',
  fill: async ({ world }) => ({ incidents: [...incidents(world)].length }),
  open: async ({ world, signal }: Place) => ({
    env: { EMERGENCY_COMMAND_SECRET: SECRET },
    async push(hub) {
      for (const { id, body } of deliveries(world)) {
        const time = String(Math.floor(Date.now() / 1000));
        const signature = createHmac('sha256', SECRET).update(`${id}.${time}.${body}`).digest('base64');
        const answer = await fetch(`${hub}/hooks/emergency-command/incidents`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'webhook-id': id,
            'webhook-timestamp': time,
            'webhook-signature': `v1,${signature}`,
          },
          body,
          signal,
        });
        const text = await answer.text();
        if (!answer.ok) throw new HubError('HUB_INTERNAL', `the hub refused a delivery: ${answer.status} ${text}`);
      }
    },
    async [Symbol.asyncDispose]() {},
  }),
};
