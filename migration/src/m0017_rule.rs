//! Rules and tags, what they leave on transactions; splits and places.

const UP: &str = r#"
CREATE TABLE rule (
  household_id  bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id            bigint   NOT NULL,
  place         integer  NOT NULL,
  name          text     NOT NULL,
  is_on         smallint NOT NULL CHECK (is_on BETWEEN 0 AND 1),
  stops         smallint NOT NULL CHECK (stops BETWEEN 0 AND 1),
  condition     text     NOT NULL,
  actions       text     NOT NULL,
  changed_at_ms bigint   NOT NULL,
  run           bigint,
  run_state     smallint CHECK (run_state BETWEEN 0 AND 2),
  run_after     bigint,
  run_looked    bigint,
  run_total     bigint,
  run_changed   bigint,
  PRIMARY KEY (household_id, id)
)
;
CREATE TABLE tag (
  household_id  bigint   NOT NULL REFERENCES household (id) ON DELETE CASCADE,
  id            bigint   NOT NULL,
  name          text     NOT NULL,
  color         text,
  is_removed    smallint NOT NULL CHECK (is_removed BETWEEN 0 AND 1),
  PRIMARY KEY (household_id, id)
)
;
ALTER TABLE "transaction" ADD COLUMN rule_id bigint
;
ALTER TABLE "transaction" ADD COLUMN tags text
;
ALTER TABLE "transaction" ADD COLUMN ruled smallint CHECK (ruled > 0)
;
ALTER TABLE "transaction" ADD COLUMN parts text
;
ALTER TABLE "transaction" ADD COLUMN place text
;
ALTER TABLE "transaction" ADD COLUMN excluded smallint CHECK (excluded = 1)
;
CREATE INDEX transaction_split ON "transaction" (household_id, day) WHERE parts IS NOT NULL
;
ALTER TABLE household ADD COLUMN rules_seq bigint NOT NULL DEFAULT 0
"#;

const DOWN: &str = r#"
ALTER TABLE household DROP COLUMN rules_seq
;
DROP INDEX transaction_split
;
ALTER TABLE "transaction" DROP COLUMN excluded
;
ALTER TABLE "transaction" DROP COLUMN place
;
ALTER TABLE "transaction" DROP COLUMN parts
;
ALTER TABLE "transaction" DROP COLUMN ruled
;
ALTER TABLE "transaction" DROP COLUMN tags
;
ALTER TABLE "transaction" DROP COLUMN rule_id
;
DROP TABLE tag
;
DROP TABLE rule
"#;

crate::dialect::step!(UP, DOWN);
