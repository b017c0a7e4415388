/**
 * Settings, within a transaction, of a statement that reads whole tables. Nobody can guess how many rows a condition on
 * JSON or a view over views leaves, statistics lag behind a load, and a nested loop over a wrong guess takes hours; hashes
 * and sorts take their time once, whatever comes. Lookups that a LATERAL part asks for stay, at a price that must not make
 * PostgreSQL compile the plan.
 */
export const WHOLE_TABLES = "SET LOCAL enable_nestloop = off; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'";
