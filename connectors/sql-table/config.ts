export { type SqlConfig, sqlConfig } from '../sql/config.ts';
