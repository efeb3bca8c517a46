//! What reconciling leaves to a person: pairs of rows that may be one booking, and rows that a person has made one.

/// `first_id` is the older row of a pair. A merged row is no row any more: it is kept as text until the merge is undone, so that no
/// list, filter or sum has to know of it.
const UP: &str = "
ALTER TABLE account ADD COLUMN anchored_at_ms bigint
;
ALTER TABLE transaction_alias ADD COLUMN said_day integer
;
ALTER TABLE transaction_alias ADD COLUMN said_minor bigint
;
CREATE TABLE duplicate_suggestion (
  household_id  bigint   NOT NULL,
  first_id      bigint   NOT NULL,
  second_id     bigint   NOT NULL,
  account_id    bigint   NOT NULL,
  reason        smallint NOT NULL,
  state         smallint NOT NULL CHECK (state BETWEEN 0 AND 1),
  created_at_ms bigint   NOT NULL,
  PRIMARY KEY (household_id, first_id, second_id),
  CHECK (first_id < second_id),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE
)
;
CREATE INDEX duplicate_suggestion_second ON duplicate_suggestion (household_id, second_id, first_id)
;
CREATE INDEX duplicate_suggestion_of ON duplicate_suggestion (household_id, account_id, second_id, first_id)
;
CREATE TABLE transaction_merge (
  household_id  bigint NOT NULL,
  id            bigint NOT NULL,
  account_id    bigint NOT NULL,
  kept_id       bigint NOT NULL,
  gone_id       bigint NOT NULL,
  gone          text   NOT NULL,
  kept_before   text   NOT NULL,
  opening_minor bigint NOT NULL,
  at_ms         bigint NOT NULL,
  PRIMARY KEY (household_id, id),
  FOREIGN KEY (household_id, account_id) REFERENCES account (household_id, id) ON DELETE CASCADE
)
;
CREATE INDEX transaction_merge_of ON transaction_merge (household_id, kept_id, id)
;
CREATE UNIQUE INDEX transaction_merge_gone ON transaction_merge (household_id, gone_id)
;
CREATE INDEX transaction_merge_account ON transaction_merge (household_id, account_id)
";

const DOWN: &str = "
DROP TABLE transaction_merge
;
DROP TABLE duplicate_suggestion
;
ALTER TABLE transaction_alias DROP COLUMN said_minor
;
ALTER TABLE transaction_alias DROP COLUMN said_day
;
ALTER TABLE account DROP COLUMN anchored_at_ms
";

crate::dialect::step!(UP, DOWN);
