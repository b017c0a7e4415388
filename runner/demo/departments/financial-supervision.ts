import { COUNTIES, currentCode } from '../world/counties.ts';
import { below } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import { writeRows } from './csv-out.ts';
import type { SampleDepartment } from './department.ts';
import { serveFtp } from './servers/ftp.ts';

const COLUMNS = ['报表期', '地区编码', '机构类别', '各项存款余额', '各项贷款余额', '不良贷款率'];
const KINDS = ['国有商业银行', '农村信用社', '邮政储蓄银行'];
const YEAR = 2024;
/** Of the sample world only. */
const LOGIN = { user: 'hub', password: 'sample-world-financial-supervision' };

const lastDay = (month: number): string => new Date(Date.UTC(YEAR, month, 0)).toISOString().slice(0, 10);

function* rows({ seed }: WorldOptions, month: number): Generator<readonly string[]> {
  for (const [at, county] of COUNTIES.entries())
    for (const [kind, name] of KINDS.entries()) {
      const deposits = county.weight * (60 + 6 * month) * (1 + below(seed, at * 10 + kind, 5901, 100) / 100);
      const loans = deposits * (0.5 + below(seed, at * 10 + kind, 5902 + month, 30) / 100);
      const bad = (1 + below(seed, at * 10 + kind, 5920, 300) / 100).toFixed(2);
      yield [lastDay(month), currentCode(county), name, deposits.toFixed(2), loans.toFixed(2), bad];
    }
}

/** 金融监管: deposits and loans at the end of a month, CSV in GB18030 over FTP. */
export const financialSupervision: SampleDepartment = {
  name: 'financial-supervision',
  async fill(place) {
    let count = 0;
    for (let month = 1; month <= 12; month++)
      count += await writeRows(
        place,
        `CDK_${YEAR}${String(month).padStart(2, '0')}.csv`,
        COLUMNS,
        rows(place.world, month),
      );
    return { balances: count };
  },
  async open({ folder }) {
    const server = await serveFtp(folder, LOGIN.user, LOGIN.password);
    return {
      env: { FINANCIAL_SUPERVISION_PORT: String(server.port), FINANCIAL_SUPERVISION_PASSWORD: LOGIN.password },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};
