import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COUNTIES } from '../world/counties.ts';
import { below, pick } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { xmlText } from './servers/http.ts';

const BODIES = [
  ['青海省人民政府办公厅', '青政办'],
  ['青海省发展和改革委员会', '青发改'],
  ['青海省财政厅', '青财'],
  ['青海省农业农村厅', '青农'],
] as const;
const SUBJECTS = [
  '关于做好汛期安全工作的通知',
  '关于下达专项资金的通知',
  '关于加强草原保护的意见',
  '关于数据共享工作的实施方案',
  '关于做好春耕生产的通知',
];
const KINDS = ['通知', '意见', '方案', '函'];
const DOCUMENTS = 150;

const two = (number: number): string => String(number).padStart(2, '0');

function document({ seed }: WorldOptions, index: number): string {
  const [body, short] = pick(BODIES, seed, index, 5601);
  const subject = pick(SUBJECTS, seed, index, 5602);
  const county = pick(COUNTIES, seed, index, 5603);
  const date = `2025-${two(1 + (index % 6))}-${two(1 + (index % 28))}`;
  const paragraphs = Array.from(
    { length: 1 + below(seed, index, 5604, 4) },
    (_, i) => `${'一二三四'[i]}、${county.name}要按照职责分工,抓好落实。`,
  );
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<gw:document xmlns:gw="urn:office" id="${index + 1}">\n` +
    `  <gw:head secrecy="${index % 17 === 0 ? '内部' : '公开'}">\n    <gw:number>${short}〔2025〕${index + 1}号</gw:number>\n` +
    `    <gw:title>${xmlText(`${body}${subject}`)}</gw:title>\n    <gw:issuer>${body}</gw:issuer>\n    <gw:kind>${pick(KINDS, seed, index, 5605)}</gw:kind>\n` +
    `    <gw:date>${date}</gw:date>\n    <gw:keyword>${county.prefecture}</gw:keyword><gw:keyword>${county.name}</gw:keyword>\n  </gw:head>\n` +
    `  <gw:body>${paragraphs.map((text) => `<gw:p>${text}</gw:p>`).join('')}</gw:body>\n</gw:document>\n`
  );
}

/** 办公业务资源: documents with their particulars, one a file in a watched folder. */
export const goldenOffice: SampleDepartment = {
  name: 'golden-office',
  async fill({ world, folder }) {
    for (let index = 0; index < DOCUMENTS; index++)
      await writeFile(join(folder, `GW2025${String(index + 1).padStart(5, '0')}.xml`), document(world, index));
    return { documents: DOCUMENTS };
  },
  open: async ({ folder }) => withoutServer({ GOLDEN_OFFICE_FOLDER: folder }),
};
