import type { Pool } from 'pg';
import type { StoredLog } from '../contracts/event-log-harness.ts';

/** The tables of the embedded log, behind the back of its readers. */
export const embeddedLogTables = (pool: Pool): StoredLog => ({
  async remove(topic) {
    await pool.query(
      `WITH gone AS (DELETE FROM hub.log_topic WHERE topic = $1 RETURNING topic_id)
       DELETE FROM hub.log_batch USING gone WHERE log_batch.topic_id = gone.topic_id`,
      [topic],
    );
  },
  async trim(topic, before) {
    await pool.query(
      `WITH cut AS (
         UPDATE hub.log_partition SET first_offset = $2 FROM hub.log_topic
         WHERE log_topic.topic_id = log_partition.topic_id AND topic = $1 AND partition = 0
         RETURNING log_partition.topic_id)
       DELETE FROM hub.log_batch AS b USING cut
       WHERE b.topic_id = cut.topic_id AND partition = 0 AND base_offset + message_count <= $2`,
      [topic, before],
    );
  },
});
