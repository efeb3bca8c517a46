//! The frame: the tenant, its events, the jobs, and who may issue ids.

/// Household 0 is the house itself: jobs that belong to nobody else write there, so that no job is a special case.
const UP: &str = "
CREATE TABLE household (
  id              {{id}},
  name            text   NOT NULL,
  currency        text   NOT NULL,
  seq             bigint NOT NULL,
  event_floor_seq bigint NOT NULL,
  created_at_ms   bigint NOT NULL
)
;
INSERT INTO household (id, name, currency, seq, event_floor_seq, created_at_ms) VALUES (0, 'Florin', 'XXX', 0, 0, 0)
;
CREATE TABLE event (
  household_id bigint NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  seq          bigint NOT NULL,
  kind         text   NOT NULL,
  body         text   NOT NULL,
  at_ms        bigint NOT NULL,
  PRIMARY KEY (household_id, seq)
) {{partitioned}}
;
{{partitions of event}}
;
CREATE TABLE node (
  id                smallint PRIMARY KEY CHECK (id BETWEEN 0 AND 1023),
  holder            bigint NOT NULL,
  reserved_until_ms bigint NOT NULL
)
;
CREATE TABLE job (
  id             {{id}},
  household_id   bigint   NOT NULL,
  kind           text     NOT NULL,
  body           text     NOT NULL,
  lane           smallint NOT NULL CHECK (lane BETWEEN 0 AND 2),
  rank           bigint   NOT NULL,
  run_at_ms      bigint   NOT NULL,
  state          smallint NOT NULL CHECK (state BETWEEN 0 AND 3),
  attempt        integer  NOT NULL,
  fence          integer  NOT NULL,
  lease_until_ms bigint,
  worker         text,
  unique_key     text,
  serial_key     text,
  group_key      text,
  group_cap      integer,
  held_by        text,
  reason         text,
  created_at_ms  bigint   NOT NULL,
  CHECK ((state = 1) = (lease_until_ms IS NOT NULL)),
  CHECK ((group_key IS NULL) = (group_cap IS NULL)),
  CHECK (held_by IS NULL OR state = 0)
) {{queue}}
;
CREATE INDEX job_ready ON job (lane, rank, id) WHERE state = 0 AND held_by IS NULL
;
CREATE INDEX job_held ON job (lane, held_by, rank, id) WHERE state = 0 AND held_by IS NOT NULL
;
CREATE INDEX job_running ON job (lease_until_ms) WHERE state = 1
;
CREATE INDEX job_stopped ON job (state, id) WHERE state IN (2, 3)
;
CREATE UNIQUE INDEX job_serial ON job (serial_key) WHERE state = 1 AND serial_key IS NOT NULL
;
CREATE UNIQUE INDEX job_unique ON job (unique_key) WHERE state = 0 AND unique_key IS NOT NULL
";

const DOWN: &str = "
DROP TABLE job
;
DROP TABLE node
;
DROP TABLE event
;
DROP TABLE household
";

crate::dialect::step!(UP, DOWN);
