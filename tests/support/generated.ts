import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { projectPath } from '../../schemas/kernel/paths.ts';

/**
 * What stands in a page between `<!-- generated: NAME ... -->` and `<!-- end -->` is what the program says.
 * With UPDATE_README=1 it is written instead of compared.
 */
export function expectGenerated(page: string, name: string, lines: readonly string[]): void {
  const text = readFileSync(projectPath(page), 'utf8');
  const section = new RegExp(`(<!-- generated: ${name}[^>]*-->\\n)([\\s\\S]*?)(<!-- end -->)`);
  const wanted = `${lines.join('\n')}\n`;
  if (process.env['UPDATE_README'] === '1')
    writeFileSync(
      projectPath(page),
      text.replace(section, (_, head, __, end) => head + wanted + end),
    );
  else expect(section.exec(text)?.[2]).toBe(wanted);
}
