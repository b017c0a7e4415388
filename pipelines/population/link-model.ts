import type { LinkModel } from '../matching.ts';

/**
 * Frozen weights of the population base, set by hand from the habits of these departments. On the sample world
 * `hub link estimate population` proposes the same order of magnitude for u and less forgiving m (name 0.977, address 0.762),
 * because its clerks err less than real ones. `npm run bench -- link` measures what they achieve.
 */
export const populationModel: LinkModel = {
  version: 'population-3',
  fields: {
    name: {
      m: [0.941, 0.02, 0.005, 0.006, 0.003, 0.006, 0.01, 0.001, 0.003, 0.005],
      u: [0.0004, 0.0001, 0.0006, 0.0001, 0.0003, 0.001, 0.01, 0.0002, 0.02, 0.9673],
    },
    birth: {
      m: [0.965, 0.01, 0.01, 0.005, 0.005, 0.004, 0.001],
      u: [0.00004, 0.0006, 0.00006, 0.00005, 0.012, 0.024, 0.96325],
    },
    sex: { m: [0.994, 0.006], u: [0.5, 0.5] },
    ethnicity: { m: [0.99, 0.01], u: [0.34, 0.66] },
    region: { m: [0.93, 0.03, 0.04], u: [0.04, 0.12, 0.84] },
    address: { m: [0.72, 0.28], u: [0.00001, 0.99999] },
    phone: { m: [0.85, 0.15], u: [0.00001, 0.99999] },
    number: { m: [0.3, 0.65, 0.05], u: [0.00000002, 0.0000002, 0.99999978] },
  },
  link: 16,
  review: 10,
  margin: 3,
  common: {},
  rare: 0.0004,
};
