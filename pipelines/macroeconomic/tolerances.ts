/*
 * indicator, `*` for all others | share by which a sum over areas may differ from the figure of the whole. The province is
 * accounted in one go, its parts with other sources and rounding.
 */
const TABLE = `
gdp                  | 0.03
gdp.primary          | 0.03
gdp.secondary        | 0.05
gdp.tertiary         | 0.05
industry.value-added | 0.05
investment.fixed     | 0.05
population.resident  | 0.005
budget.revenue       | 0.001
budget.expenditure   | 0.001
tax.revenue          | 0.001
*                    | 0.01
`;

const SHARES = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [name = '', share = ''] = line.split('|').map((cell) => cell.trim());
      return [name, Number(share)] as const;
    }),
);

/** Of an indicator, as a share of the whole. */
export const areaTolerance = (indicator: string): number => SHARES.get(indicator) ?? SHARES.get('*') ?? 0;
