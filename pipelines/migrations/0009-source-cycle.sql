-- How often the department promises news of the stream; null where it promises nothing.
ALTER TABLE {schema}.source ADD COLUMN cycle_days smallint;
